// A thousand hosts raise an alert within one second: from their samples to the webhook, on simulated time.
#include <nlohmann/json.hpp>

#include "controller/notify/notifier.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

constexpr size_t hosts_max = 1'000;

constexpr auto routes_file = R"(
route: {receiver: team, group_by: [alertname], group_wait: 1s, group_interval: 5s, repeat_interval: 1h}
receivers: [{name: team}]
)";

// A receiver that takes a while for each answer. Its threads are the notifier's.
struct SlowReceiver final : notify::Channel {
    struct Flight {
        uint64_t number;
        MonoTime ends;
        int status;
    };
    struct Post {
        WallTime at;
        Json body;
        std::string key;
        int status;
    };
    const Clock& clock;
    milliseconds takes{20};
    std::function<int(MonoTime)> answer = [](MonoTime) { return 200; };
    std::vector<Flight> flights;
    std::vector<Post> posts;
    size_t flights_most = 0;

    explicit SlowReceiver(const Clock& its_clock) : clock(its_clock) {}

    void start(uint64_t number, const notify::Request& request) override {
        const auto status = answer(clock.mono());
        flights.push_back({number, clock.mono() + takes, status});
        flights_most = std::max(flights_most, flights.size());
        posts.push_back({clock.wall(), Json::parse(request.body), request.headers.at(0), status});
    }
    std::vector<notify::Answer> wait(milliseconds) override {
        std::vector<notify::Answer> ended;
        std::erase_if(flights, [&](const Flight& one) {
            if (one.ends <= clock.mono()) {
                ended.push_back({one.number, one.status, {}, ""});
            }
            return one.ends <= clock.mono();
        });
        return ended;
    }
    void wake() override {}
};

struct Storm : World {
    routing::Routing routing = routing::parse_routing_file(routes_file, "a.yml").value();
    SlowReceiver receiver{clock};
    std::unique_ptr<notify::Notifier> notifier;
    size_t waiting_most = 0;

    // `is_grouped`: by the routes, else each alert by itself.
    explicit Storm(bool is_grouped) : World(nullptr, load_rule, "", is_grouped ? "" : "hook") {
        notify::NotifierOptions options;
        options.receivers = {
            notify::Receiver{is_grouped ? "team/0" : "hook", "http://127.0.0.1:1/", true, {}, 10s, ""}};
        options.receivers[0].shown_as = is_grouped ? "team" : "";
        options.receivers[0].is_of_file = is_grouped;
        options.routing = is_grouped ? &routing : nullptr;
        notifier = std::make_unique<notify::Notifier>(memory, commits, clock, random, receiver, options);
        for (size_t i = 0; i < hosts_max; ++i) {
            connect(host(i));
        }
        pass(1s);
    }
    ~Storm() override { commits.run_pending(); }

    static AgentId host(size_t number) { return AgentId{fmt::format("web-{}", number)}; }
    void wake_notifier() override { notifier->wake(); }

    void pass(milliseconds span) {
        for (auto left = span; left > 0ms; left -= 10ms) {
            clock.advance(10ms);
            turn();
        }
    }
    void turn() {
        notifier->turn(0ms);
        commits.run_pending();
        const auto counts = notifier->status().counts;
        waiting_most = std::max(waiting_most, counts.waiting);
    }
    // All hosts, one each millisecond.
    void report_all(uint64_t seq, double load) {
        for (size_t i = 0; i < hosts_max; ++i) {
            report(host(i), seq, "node_load1\n", {load});
            clock.advance(1ms);
            if (i % 10 == 0) {
                turn();
            }
        }
    }
    // How often each host was told of, in messages that the receiver took.
    std::map<std::string, size_t> told(const std::string& status) const {
        std::map<std::string, size_t> times;
        for (const auto& post : receiver.posts) {
            for (const auto& alert : post.body["alerts"]) {
                if (post.status == 200 && alert["status"] == status) {
                    ++times[alert["labels"]["instance"].get<std::string>()];
                }
            }
        }
        return times;
    }
    bool is_each_told_once(const std::string& status) const {
        const auto times = told(status);
        return times.size() == hosts_max &&
               std::all_of(times.begin(), times.end(), [](const auto& one) { return one.second == 1; });
    }
    size_t rows_of(const std::string& kind) const {
        size_t count = 0;
        BOOST_REQUIRE(
            memory.scan(Family::outbox, kind, keys::after_prefix(kind), [&count](auto, auto) { return ++count > 0; }));
        return count;
    }
};

struct Grouped : Storm {
    Grouped() : Storm(true) {}
};
struct EachByItself : Storm {
    EachByItself() : Storm(false) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(alert_storm)

BOOST_FIXTURE_TEST_CASE(a_thousand_hosts_are_one_message, Grouped) {
    const auto began = clock.wall();
    report_all(1, 5);
    pass(1s);
    BOOST_REQUIRE(receiver.posts.size() == 1u);  // group_wait is as long as the second in which they came
    BOOST_TEST(is_each_told_once("firing"));
    BOOST_TEST((receiver.posts[0].at - began <= 1010ms));
    BOOST_TEST(receiver.posts[0].body["groupKey"] == R"({}:{alertname="LoadHigh"})");
    // What is kept is one group's: nothing is owed, one row tells what was told, one that it was sent.
    BOOST_TEST(rows_of("q") == 0u);
    BOOST_TEST(rows_of("n") == 1u);
    BOOST_TEST(rows_of("a") == 1u);
    BOOST_TEST(waiting_most == 1u);
    pass(2s);
    report_all(2, 1);
    pass(6s);  // the group's next turn
    BOOST_TEST(is_each_told_once("resolved"));
    BOOST_TEST(is_each_told_once("firing"));
    BOOST_TEST(receiver.posts.size() == 2u);
    BOOST_TEST(rows_of("q") == 0u);
    BOOST_TEST(rows_of("n") == 0u);  // the group is gone
}

BOOST_FIXTURE_TEST_CASE(none_is_lost_or_told_twice_while_the_receiver_is_away, Grouped) {
    const auto back_at = clock.mono() + 3s;
    receiver.answer = [back_at](MonoTime now) { return now < back_at ? 503 : 200; };
    report_all(1, 5);
    pass(20s);
    BOOST_TEST(is_each_told_once("firing"));
    BOOST_TEST(receiver.posts.size() > 1u);
    std::set<std::string> keys;
    for (const auto& post : receiver.posts) {
        keys.insert(post.key);
    }
    BOOST_TEST(keys.size() == 1u);  // one message, however often it was tried
    BOOST_TEST(rows_of("q") == 0u);
    BOOST_TEST(rows_of("a") == receiver.posts.size());
}

BOOST_FIXTURE_TEST_CASE(each_by_itself_they_are_told_within_five_seconds, EachByItself) {
    const auto began = clock.wall();
    report_all(1, 5);
    pass(5s - (clock.wall() - began));
    BOOST_TEST(is_each_told_once("firing"));
    BOOST_TEST(receiver.posts.size() == hosts_max);
    // Eight at once, each heard of with the third turn of 10 ms: 267 a second.
    BOOST_TEST(receiver.flights_most == notify::in_flight_max);
    BOOST_TEST(waiting_most <= hosts_max);
    BOOST_TEST(rows_of("q") == 0u);
    BOOST_TEST(rows_of("n") == hosts_max);
    BOOST_TEST(rows_of("a") == hosts_max);
}

BOOST_FIXTURE_TEST_CASE(a_start_in_the_middle_of_the_storm_loses_none, EachByItself) {
    const auto options =
        notify::NotifierOptions{{notify::Receiver{"hook", "http://127.0.0.1:1/", true, {}, 10s, ""}}, "", nullptr, {}};
    report_all(1, 5);
    pass(500ms);
    const auto told_before = receiver.posts.size() - receiver.flights.size();
    BOOST_TEST(told_before < hosts_max);
    receiver.flights.clear();  // as a kill: no answer is heard
    notifier = std::make_unique<notify::Notifier>(memory, commits, clock, random, receiver, options);
    pass(5s);
    std::map<std::string, std::set<std::string>> keys;
    for (const auto& post : receiver.posts) {
        keys[post.body["alerts"][0]["labels"]["instance"].get<std::string>()].insert(post.key);
    }
    BOOST_TEST(keys.size() == hosts_max);
    BOOST_TEST(std::all_of(keys.begin(), keys.end(), [](const auto& one) { return one.second.size() == 1; }));
    // Only what was in flight is sent again.
    BOOST_TEST(receiver.posts.size() <= hosts_max + notify::in_flight_max);
    BOOST_TEST(rows_of("q") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller

// From samples and reports of runs to pages, with what the configuration foresees to hold them back.
#include "tests/unit/controller/maintenance/maintained.hpp"

#include "controller/app/answers_routing.hpp"
#include "controller/jobs/run_span.hpp"
#include "controller/notify/notifier.hpp"
#include "controller/store/keys.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

// Takes each message at once.
struct TakingChannel final : notify::Channel {
    std::vector<std::string> bodies;
    std::vector<notify::Answer> ready;

    void start(uint64_t number, const notify::Request& request) override {
        bodies.push_back(request.body);
        ready.push_back({number, 200, {}, ""});
    }
    std::vector<notify::Answer> wait(milliseconds) override { return std::exchange(ready, {}); }
    void wake() override {}
};

struct Configuration {
    ScheduleConfig nightly = maintenance::holding({"alertname=LoadHigh"});
    maintenance::Maintenance foreseen = maintenance::parse_maintenance(
                                            "- name: mornings\n  matchers: [instance=web-2]\n"
                                            "  time_intervals: [{times: [{start_time: '09:00', end_time: '10:00'}]}]\n",
                                            {nightly})
                                            .value();
};

// The clock starts at 08:00 UTC.
struct Maintained : Configuration, World {
    routing::Routing routes;
    TakingChannel channel;
    notify::NotifierOptions options{{notify::Receiver{"hook", "http://127.0.0.1:1/", true, {}, 1s, ""}}, ""};
    std::unique_ptr<notify::Notifier> notifier;
    std::map<std::string, uint64_t> sent;
    uint64_t told = 0;

    Maintained() : World(nullptr, load_rule, "", "", foreseen, plans_from({nightly}).value()) {
        options.maintenance = &foreseen;
        start_notifier();
        records->on_run_spans_changed([this] { notifier->silences_changed(); });
        connect(AgentId{"web-1"}, {}, {"backup"});
        connect(AgentId{"web-2"}, {}, {"backup"});
    }
    ~Maintained() { settle(); }
    void start_notifier() {
        notifier = std::make_unique<notify::Notifier>(memory, commits, clock, random, channel, options);
    }
    void load(const std::string& host, double value) {
        report(AgentId{host}, ++sent[host], "node_load1", {value});
        notifier->wake();
    }
    void run_is(const protocol::JobStart& start, protocol::RunState state) {
        protocol::RunReport word;
        word.run_id = start.run_id;
        word.fence = start.fence;
        word.state = state;
        BOOST_REQUIRE(
            path->offer(AgentId{"web-1"}, protocol::Stream::results, 1, ++told, protocol::encode_entry(word)));
        settle();
    }
    // "web-1", "-web-1" for an end: of what was told since the last time, after `span`.
    std::vector<std::string> told_after(seconds span) {
        clock.advance(span);
        channel.bodies.clear();
        notifier->turn(0ms);
        settle();
        std::vector<std::string> all;
        for (const auto& body : channel.bodies) {
            const auto alert = Json::parse(body)["alerts"][0];
            all.push_back((alert["status"] == "resolved" ? "-" : "") + alert["labels"]["instance"].get<std::string>());
        }
        return all;
    }
};

using Hosts = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(maintenance_of_alerts, Maintained)

BOOST_AUTO_TEST_CASE(a_run_holds_the_alerts_of_its_host_until_it_ends_and_a_grace_over_a_restart) {
    BOOST_REQUIRE(ask("jobs.run", {{"job", "backup"}, {"host", "web-1"}}).has_value());
    BOOST_REQUIRE(starts.size() == 1u);
    run_is(starts[0], protocol::RunState::starting);
    load("web-1", 5);
    load("web-2", 5);
    BOOST_TEST((told_after(1s) == Hosts{"web-2"}));
    start_notifier();
    BOOST_TEST(told_after(10min).empty());
    run_is(starts[0], protocol::RunState::succeeded);
    start_notifier();
    BOOST_TEST(told_after(9min + 59s).empty());
    BOOST_TEST((told_after(1s + notify::look_again_after) == Hosts{"web-1"}));
    BOOST_TEST(told_after(1h).empty());
}

BOOST_AUTO_TEST_CASE(what_comes_and_goes_while_the_run_goes_on_is_told_to_nobody) {
    BOOST_REQUIRE(ask("jobs.run", {{"job", "backup"}, {"host", "web-1"}}).has_value());
    run_is(starts.at(0), protocol::RunState::running);
    load("web-1", 5);
    BOOST_TEST(told_after(1min).empty());
    load("web-1", 1);
    run_is(starts[0], protocol::RunState::failed);
    BOOST_TEST(told_after(1h).empty());
    load("web-1", 5);
    BOOST_TEST((told_after(1s) == Hosts{"web-1"}));
}

BOOST_AUTO_TEST_CASE(a_run_that_cannot_be_read_holds_nothing_any_more_and_the_others_do) {
    BOOST_REQUIRE(ask("jobs.run", {{"job", "backup"}, {"host", "web-1"}}).has_value());
    run_is(starts.at(0), protocol::RunState::running);
    load("web-1", 5);
    BOOST_TEST(told_after(1min).empty());
    StoreBatch torn;
    torn.put(Family::silences, "r" + keys::KeyWriter().i64(unix_ms(clock.wall())).take() + "0199", "torn");
    BOOST_REQUIRE(memory.commit(torn).has_value());
    notifier->silences_changed();
    BOOST_TEST(told_after(1s).empty());
    StoreBatch own;
    own.put(Family::runs, keys::run(RunId{starts.at(0).run_id}), "torn");
    BOOST_REQUIRE(memory.commit(own).has_value());
    notifier->silences_changed();
    BOOST_TEST((told_after(1s) == Hosts{"web-1"}));
}

BOOST_AUTO_TEST_CASE(a_window_holds_a_recovery_too_and_lets_one_out_after_it) {
    load("web-2", 5);
    BOOST_TEST((told_after(1s) == Hosts{"web-2"}));
    clock.advance(1h);
    load("web-2", 1);
    load("web-1", 5);  // no host of the window
    BOOST_TEST((told_after(1s) == Hosts{"web-1"}));
    start_notifier();
    BOOST_TEST(told_after(50min).empty());
    BOOST_TEST((told_after(10min) == Hosts{"-web-2"}));
    BOOST_TEST(told_after(1h).empty());
}

BOOST_AUTO_TEST_CASE(what_holds_alerts_now_is_listed) {
    RoutingSources routing{.routing = routes, .webhooks = {}, .maintenance = foreseen};
    add_maintenance_answers(desk, *sources, routing);
    BOOST_REQUIRE(ask("jobs.run", {{"job", "backup"}, {"host", "web-1"}}).has_value());
    run_is(starts.at(0), protocol::RunState::running);
    const auto listed = ask("maintenance.list").value();
    BOOST_REQUIRE(listed.size() == 2u);
    BOOST_TEST(listed[0]["name"] == "mornings");
    BOOST_TEST(listed[0]["state"] == "closed");
    BOOST_TEST(listed[1]["name"] == "backup");
    BOOST_TEST(listed[1]["state"] == "under way");
    BOOST_TEST(listed[1]["host"] == "web-1");
    BOOST_TEST(listed[1]["alerts"] == "{alertname=\"LoadHigh\"}");
    BOOST_TEST(listed[1]["until"] == "2027-01-16T08:10:00.000Z");  // 24 h without a timeout, and the grace
    run_is(starts[0], protocol::RunState::succeeded);
    clock.advance(1h + 10min);
    const auto later = ask("maintenance.list").value();
    BOOST_REQUIRE(later.size() == 1u);
    BOOST_TEST(later[0]["state"] == "open");
}

BOOST_AUTO_TEST_CASE(ends_of_runs_are_forgotten_with_silences) {
    BOOST_REQUIRE(ask("jobs.run", {{"job", "backup"}, {"host", "web-1"}}).has_value());
    run_is(starts.at(0), protocol::RunState::running);
    run_is(starts[0], protocol::RunState::succeeded);
    BOOST_TEST(rows(Family::silences, "r") == 1u);
    clock.advance(std::chrono::hours{5 * 24} + 1s);
    commits.submit([this](StoreBatch& batch) { BOOST_REQUIRE(records->retire(batch)); }, [](const auto&) {});
    settle();
    BOOST_TEST(rows(Family::silences, "r") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller

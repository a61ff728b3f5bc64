// On a simulated clock. The receiver is a function from time to an answer.
#include "controller/notify/delivery_queue.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/seeded_random.hpp"

namespace vigie::controller::notify {
namespace {

using alerts::Notification;

constexpr WallTime event_at = wall_from_unix_ms(1'800'000'000'000);

Notification page(std::string_view alert, bool is_resolved = false, WallTime starts_at = event_at,
                  std::string_view receiver = "hook") {
    Notification notification;
    notification.receiver = receiver;
    notification.alert_id = alert;
    notification.is_resolved = is_resolved;
    notification.starts_at = starts_at;
    return notification;
}

struct Sent {
    MonoTime at;
    Notification notification;
    std::string key;
};

struct Simulation {
    tests::SeededRandom random{7};
    DeliveryQueue queue{{{"hook", true}, {"fires", false}}, random};
    Simulation() { queue.begin(event_at); }
    MonoTime now{std::chrono::hours{1}};
    std::vector<Sent> sent;
    uint64_t number = 0;
    std::function<Answer(MonoTime)> hook = [](MonoTime) { return Answer{0, 200, {}, {}}; };

    Now moment() const { return {now, event_at + std::chrono::duration_cast<milliseconds>(now.time_since_epoch())}; }
    void add(Notification notification) { queue.add(++number, std::move(notification), moment()); }
    std::vector<Delivery> due_now() { return queue.take_due(moment()); }
    void finish(const Answer& answer) { queue.finish(answer, moment()); }
    // Jumps from one due time to the next, answering at once.
    void run_for(nanoseconds span) {
        const auto end = now + span;
        while (true) {
            for (auto& delivery : due_now()) {
                auto answer = hook(now);
                answer.number = delivery.number;
                BOOST_REQUIRE(delivery.message.alerts.size() == 1U);
                sent.push_back({now, delivery.message.alerts[0], delivery.idempotency_key});
                finish(answer);
            }
            const auto next = queue.next_due();
            if (!next || *next > end) {
                break;
            }
            now = std::max(*next, now);
        }
        now = end;
    }
};

BOOST_FIXTURE_TEST_SUITE(delivery_queue, Simulation)

BOOST_AUTO_TEST_CASE(delivers_in_order_and_settles_each_row) {
    add(page("a"));
    add(page("b"));
    run_for(1s);
    BOOST_REQUIRE(sent.size() == 2U);
    BOOST_TEST(sent[0].notification.alert_id == "a");
    const auto settled = queue.take_settled();
    BOOST_TEST(settled.done == (std::vector<uint64_t>{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(queue.take_settled().is_empty());
    BOOST_TEST(queue.counts().delivered == 2U);
    BOOST_TEST(!queue.next_due().has_value());
}

// AM#2121: 429 with Retry-After 3 twice, then 200.
BOOST_AUTO_TEST_CASE(honours_retry_after) {
    int answers = 0;
    hook = [&](MonoTime) { return ++answers <= 2 ? Answer{0, 429, 3s, {}} : Answer{0, 200, {}, {}}; };
    add(page("a"));
    run_for(10min);
    BOOST_REQUIRE(sent.size() == 3U);
    BOOST_TEST((sent[1].at - sent[0].at >= 3s));
    BOOST_TEST((sent[2].at - sent[1].at >= 3s));
    BOOST_TEST(queue.counts().delivered == 1U);
}

BOOST_AUTO_TEST_CASE(honours_retry_after_though_another_message_under_way_is_taken) {
    add(page("a"));
    add(page("b"));
    const auto due = due_now();
    BOOST_REQUIRE(due.size() == 2U);
    finish(Answer{due[0].number, 429, 3s, {}});
    finish(Answer{due[1].number, 200, {}, {}});
    BOOST_TEST(due_now().empty());
    run_for(3s - 1ms);
    BOOST_TEST(sent.empty());
    run_for(1ms);
    BOOST_REQUIRE(sent.size() == 1U);
    BOOST_TEST(sent[0].notification.alert_id == "a");
}

// A silence begins while the page waits for a receiver that fails, and ends by its time.
BOOST_AUTO_TEST_CASE(a_page_that_was_silenced_while_it_waited_is_sent_after_the_silence) {
    const auto back_at = now + 1min;
    hook = [&](MonoTime at) { return at < back_at ? Answer{0, 503, {}, {}} : Answer{0, 200, {}, {}}; };
    auto silenced = page("a");
    silenced.labels = {{"alertname", "a"}};
    add(silenced);
    run_for(30s);
    routing::Silence silence;
    silence.id = "s";
    silence.matchers.push_back(routing::Matcher::make("alertname", routing::Matcher::Kind::equal, "a").value());
    silence.starts_at = moment().wall;
    silence.ends_at = moment().wall + 1h;
    std::vector<routing::Silence> silences;
    silences.push_back(std::move(silence));
    queue.set_silences(std::move(silences), moment());
    const auto attempts = sent.size();
    run_for(59min);
    BOOST_TEST(sent.size() == attempts);
    run_for(2min);
    BOOST_TEST(sent.size() == attempts + 1);
    BOOST_TEST(queue.counts().delivered == 1U);
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_ever_because_a_receiver_says_so) {
    int answers = 0;
    hook = [&](MonoTime) { return ++answers <= 1 ? Answer{0, 503, 240h, {}} : Answer{0, 200, {}, {}}; };
    add(page("a"));
    run_for(59min);
    BOOST_TEST(sent.size() == 1U);
    run_for(2min);
    BOOST_TEST(sent.size() == 2U);
}

// AM#2286: dead for ten minutes.
BOOST_AUTO_TEST_CASE(after_an_outage_sends_one_message_with_the_current_state_and_the_original_time) {
    const auto back_at = now + 10min;
    hook = [&](MonoTime at) { return at < back_at ? Answer{0, 0, {}, "connection refused"} : Answer{0, 200, {}, {}}; };
    add(page("a"));
    run_for(5min);
    add(page("a", true));
    run_for(4min);
    const auto attempts = sent.size();
    // Doubling to 60 s with full jitter: at least one a minute, and the mean wait is half of the bound.
    BOOST_TEST(attempts >= 9U);
    BOOST_TEST(attempts <= 60U);
    for (size_t i = 1; i < attempts; ++i) {
        BOOST_TEST((sent[i].at - sent[i - 1].at <= backoff_max));
    }
    run_for(3min);
    std::vector<Sent> received;
    std::copy_if(sent.begin(), sent.end(), std::back_inserter(received),
                 [&](const Sent& one) { return one.at >= back_at; });
    BOOST_REQUIRE(received.size() == 1U);
    BOOST_TEST(received[0].notification.is_resolved);
    BOOST_TEST((received[0].notification.starts_at == event_at));
    BOOST_TEST((received[0].at - back_at <= backoff_max));
    auto settled = queue.take_settled().done;
    std::sort(settled.begin(), settled.end());
    BOOST_TEST(settled == (std::vector<uint64_t>{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(waits_are_jittered_over_the_whole_of_a_doubling_bound) {
    hook = [](MonoTime) { return Answer{0, 0, {}, "refused"}; };
    add(page("a"));
    run_for(2h);
    nanoseconds sum{0};
    nanoseconds shortest = 1h;
    nanoseconds longest{0};
    for (size_t i = 1; i < sent.size(); ++i) {
        const auto wait = sent[i].at - sent[i - 1].at;
        sum += wait;
        if (i > 7) {  // from the seventh on the bound is 60 s
            shortest = std::min(shortest, wait);
            longest = std::max(longest, wait);
        }
    }
    BOOST_TEST((shortest < 10s));
    BOOST_TEST((longest > 50s));
    BOOST_TEST((longest <= backoff_max));
    const auto mean = sum / static_cast<int64_t>(sent.size() - 1);
    BOOST_TEST((mean > 20s && mean < 40s));
}

BOOST_AUTO_TEST_CASE(a_failing_receiver_is_probed_with_one_message_at_a_time) {
    for (int i = 0; i < 100; ++i) {
        add(page(fmt::format("a{}", i)));
    }
    const auto burst = due_now();
    BOOST_TEST(burst.size() == in_flight_max);
    for (const auto& delivery : burst) {
        finish(Answer{delivery.number, 0, {}, "refused"});
    }
    BOOST_TEST(queue.targets().at(0).failures == 1U);  // one outage, not eight
    const auto due = queue.next_due();
    BOOST_REQUIRE(due.has_value());
    BOOST_TEST((*due - now <= backoff_base));
    now = *due;
    BOOST_TEST(due_now().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_message_that_makes_the_receiver_stumble_does_not_hold_up_the_others) {
    add(page("poison"));
    add(page("b"));
    add(page("c"));
    for (const auto& delivery : due_now()) {
        const int status = delivery.message.alerts.at(0).alert_id == "poison" ? 500 : 503;
        finish(Answer{delivery.number, status, {}, {}});
    }
    std::set<std::string> delivered;
    for (int i = 0; i < 100 && queue.next_due(); ++i) {
        now = std::max(now, *queue.next_due());
        for (const auto& delivery : due_now()) {
            const bool is_poison = delivery.message.alerts.at(0).alert_id == "poison";
            finish(Answer{delivery.number, is_poison ? 500 : 200, {}, {}});
            if (!is_poison) {
                delivered.insert(delivery.message.alerts.at(0).alert_id);
            }
        }
    }
    BOOST_TEST(delivered.size() == 2U);
    BOOST_TEST(queue.counts().waiting == 1U);
}

BOOST_AUTO_TEST_CASE(gives_up_on_what_the_receiver_refuses_and_goes_on) {
    hook = [this](MonoTime) { return Answer{0, sent.empty() ? 404 : 200, {}, {}}; };
    add(page("a"));
    add(page("b"));
    run_for(1h);
    BOOST_TEST(sent.size() == 2U);
    const auto settled = queue.take_settled();
    BOOST_REQUIRE(settled.given_up.size() == 1U);
    BOOST_TEST(settled.given_up[0].number == 1U);
    BOOST_TEST(settled.given_up[0].status == 404);
    BOOST_TEST(settled.given_up[0].reason == "answered HTTP 404");
    BOOST_TEST(settled.done == (std::vector<uint64_t>{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(tells_passing_from_lasting_refusals) {
    for (const int status : {408, 429, 500, 502, 503, 599}) {
        Simulation one;
        one.hook = [status](MonoTime) { return Answer{0, status, {}, {}}; };
        one.add(page("a"));
        one.run_for(1min);
        BOOST_TEST(one.queue.counts().given_up == 0U, status);
        BOOST_TEST(one.sent.size() > 1U, status);
    }
    for (const int status : {301, 307, 400, 401, 403, 410, 413, 422}) {
        Simulation one;
        one.hook = [status](MonoTime) { return Answer{0, status, {}, {}}; };
        one.add(page("a"));
        one.run_for(1min);
        BOOST_TEST(one.queue.counts().given_up == 1U, status);
        BOOST_TEST(one.sent.size() == 1U, status);
    }
}

// AM#1063: fire, ok, fire with send_resolved off.
BOOST_AUTO_TEST_CASE(without_send_resolved_two_episodes_are_two_pages) {
    add(page("a", false, event_at, "fires"));
    run_for(1s);
    add(page("a", true, event_at, "fires"));
    run_for(1s);
    add(page("a", false, event_at + 1h, "fires"));
    run_for(1s);
    BOOST_REQUIRE(sent.size() == 2U);
    BOOST_TEST(!sent[0].notification.is_resolved);
    BOOST_TEST(!sent[1].notification.is_resolved);
    BOOST_TEST(queue.take_settled().done.size() == 3U);
}

BOOST_AUTO_TEST_CASE(without_send_resolved_an_end_is_sent_when_its_beginning_was_not) {
    const auto back_at = now + 1min;
    hook = [&](MonoTime at) { return Answer{0, at < back_at ? 0 : 200, {}, "refused"}; };
    add(page("a", false, event_at, "fires"));
    run_for(30s);
    add(page("a", true, event_at, "fires"));
    run_for(5min);
    BOOST_TEST(sent.back().notification.is_resolved);
    BOOST_TEST(queue.counts().delivered == 1U);
}

BOOST_AUTO_TEST_CASE(what_comes_while_a_message_is_in_flight_follows_it) {
    add(page("a"));
    const auto first = due_now();
    BOOST_REQUIRE(first.size() == 1U);
    add(page("a", true));
    add(page("a", false, event_at + 1h));
    BOOST_TEST(due_now().empty());
    finish(Answer{first[0].number, 200, {}, {}});
    const auto second = due_now();
    BOOST_REQUIRE(second.size() == 1U);
    BOOST_TEST((second[0].message.alerts.at(0).starts_at == event_at + 1h));
    BOOST_TEST(first[0].idempotency_key != second[0].idempotency_key);
    finish(Answer{second[0].number, 200, {}, {}});
    BOOST_TEST(queue.take_settled().done == (std::vector<uint64_t>{1, 2, 3}), boost::test_tools::per_element());
}

// As when a host that was offline replays its readings.
BOOST_AUTO_TEST_CASE(what_begins_and_ends_while_an_end_is_in_flight_follows_it) {
    const auto over = [](WallTime starts_at) {
        auto notification = page("a", true, starts_at);
        notification.ends_at = starts_at + 1s;
        return notification;
    };
    add(page("a"));
    add(over(event_at));
    const auto first = due_now();
    BOOST_REQUIRE(first.size() == 1U);
    add(page("a", false, event_at + 1h));
    add(over(event_at + 1h));
    finish(Answer{first[0].number, 200, {}, {}});
    const auto second = due_now();
    BOOST_REQUIRE(second.size() == 1U);
    BOOST_TEST((second[0].message.alerts.at(0).starts_at == event_at + 1h));
    BOOST_TEST(second[0].message.alerts.at(0).is_resolved);
    finish(Answer{second[0].number, 200, {}, {}});
    BOOST_TEST(due_now().empty());
    BOOST_TEST(queue.take_settled().done == (std::vector<uint64_t>{1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(receivers_do_not_wait_for_each_other) {
    add(page("a"));
    add(page("a", false, event_at, "fires"));
    for (const auto& delivery : due_now()) {
        const bool is_hook = delivery.target == "hook";
        finish(Answer{delivery.number, is_hook ? 0 : 200, {}, "refused"});
    }
    add(page("b", false, event_at, "fires"));
    const auto due = due_now();
    BOOST_REQUIRE(due.size() == 1U);
    BOOST_TEST(due[0].message.alerts.at(0).alert_id == "b");
}

BOOST_AUTO_TEST_CASE(an_answer_to_an_earlier_queue_is_ignored) {
    add(page("a"));
    finish(Answer{99, 200, {}, {}});
    BOOST_TEST(queue.counts().delivered == 0U);
    BOOST_TEST(due_now().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_is_gone_from_the_configuration_is_told) {
    add(page("a", false, event_at, "gone"));
    const auto settled = queue.take_settled();
    BOOST_REQUIRE(settled.given_up.size() == 1U);
    BOOST_TEST(settled.given_up[0].reason == "receiver 'gone' is no longer configured");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify

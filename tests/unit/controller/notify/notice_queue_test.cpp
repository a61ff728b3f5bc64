#include "controller/notify/notice_queue.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/notify/delivery_queue.hpp"
#include "tests/support/seeded_random.hpp"

namespace vigie::controller::notify {
namespace {

constexpr MonoTime at(milliseconds since) {
    return MonoTime{} + 1h + nanoseconds(since);
}

Notice notice(const std::string& receiver, const std::string& about) {
    Notice one;
    one.receiver = receiver;
    one.about = about;
    one.subject = "s";
    one.text = "t";
    one.json = "{}";
    one.idempotency_key = about;
    return one;
}

struct Queue {
    tests::SeededRandom random{3};
    NoticeQueue queue{{{"hook", "hook"}, {"team/0", "team"}, {"team/1", "team"}}, random};

    // "target about" of what is due.
    std::vector<std::string> due(milliseconds since) {
        std::vector<std::string> all;
        flying.clear();
        for (const auto& one : queue.take_due(at(since))) {
            all.push_back(one.target + " " + one.notice.about);
            flying.push_back(one.number);
        }
        return all;
    }
    void answer(size_t place, int status, milliseconds since, std::optional<milliseconds> retry_after = {}) {
        BOOST_REQUIRE(queue.finish({flying.at(place), status, retry_after, ""}, at(since)));
    }
    std::vector<uint64_t> flying;
};

using Words = std::vector<std::string>;
using Rows = std::vector<uint64_t>;
using boost::test_tools::per_element;

BOOST_FIXTURE_TEST_SUITE(notice_queue, Queue)

BOOST_AUTO_TEST_CASE(each_target_gets_its_notices_in_order_one_at_a_time) {
    queue.add(1, notice("hook", "a"));
    queue.add(2, notice("hook", "b"));
    BOOST_TEST(due(0ms) == Words{"hook a"}, per_element());
    BOOST_TEST(queue.take_due(at(1h)).empty());
    BOOST_TEST(!queue.next_due().has_value());  // an answer comes first
    answer(0, 200, 1s);
    BOOST_TEST(queue.take_done() == Rows{1}, per_element());
    BOOST_TEST(due(1s) == Words{"hook b"}, per_element());
    answer(0, 204, 2s);
    BOOST_TEST(queue.take_done() == Rows{2}, per_element());
    BOOST_TEST(queue.counts().delivered == 2u);
    BOOST_TEST(queue.counts().waiting == 0u);
}

BOOST_AUTO_TEST_CASE(all_channels_of_a_receiver_are_told_and_its_row_stays_until_the_last_has_it) {
    queue.add(1, notice("team", "a"));
    BOOST_TEST(due(0ms) == (Words{"team/0 a", "team/1 a"}), per_element());
    answer(1, 200, 0ms);
    BOOST_TEST(queue.take_done().empty());
    const auto told = queue.take_told();
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].target == "team/1");
    answer(0, 200, 0ms);
    BOOST_TEST(queue.take_done() == Rows{1}, per_element());
    BOOST_TEST(queue.take_told().empty());
    BOOST_REQUIRE(queue.take_forgotten().size() == 1u);
    queue.add(2, notice("team", "b"), {"team/1"});  // as after a restart
    BOOST_TEST(due(0ms) == Words{"team/0 b"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_notice_that_its_receiver_stumbles_over_makes_way_and_an_outage_does_not) {
    queue.add(1, notice("hook", "a"));
    queue.add(2, notice("hook", "b"));
    milliseconds time = 0ms;
    const auto answer_often = [&](int status) {
        for (unsigned i = 0; i < stumbles_max; ++i) {
            BOOST_REQUIRE(due(time) == Words{"hook a"});
            answer(0, status, time);
            time += backoff_max;
        }
    };
    answer_often(503);
    answer_often(0);
    BOOST_TEST(queue.failing().at(0).waiting == 2u);
    BOOST_TEST(queue.take_turns().size() == 1u);
    answer_often(500);
    BOOST_TEST(queue.take_lost().at(0).reason == "answered HTTP 500");
    BOOST_TEST(queue.take_turns().at(0).problem == "");
    BOOST_TEST(due(time) == Words{"hook b"}, per_element());
}

BOOST_AUTO_TEST_CASE(who_of_a_mails_recipients_has_it_gets_no_second_one_and_the_rest_hold_up_nobody_for_ever) {
    queue.add(1, notice("hook", "a"));
    queue.add(2, notice("hook", "b"));
    milliseconds time = 0ms;
    for (unsigned i = 0; i < partial_max; ++i, time += backoff_max) {
        const auto sent = queue.take_due(at(time));
        BOOST_REQUIRE(sent.size() == 1u);
        BOOST_TEST(sent[0].notice.about == "a");
        BOOST_TEST(sent[0].done_with.contains("anna@example.org") == (i > 0));
        Answer answer{sent[0].number, 451, {}, ""};
        answer.is_mail = true;
        answer.done_with = {"anna@example.org"};
        BOOST_REQUIRE(queue.finish(answer, at(time)));
    }
    BOOST_TEST(queue.take_lost().at(0).reason == "answered SMTP 451");
    const auto sent = queue.take_due(at(time));
    BOOST_REQUIRE(sent.size() == 1u);
    BOOST_TEST(sent[0].notice.about == "b");
    BOOST_TEST(sent[0].done_with.empty());
    Answer answer{sent[0].number, 250, {}, ""};
    answer.done_with = {"anna@example.org"};
    answer.left_out = "ben@example.org (SMTP 550)";
    BOOST_REQUIRE(queue.finish(answer, at(time)));
    BOOST_TEST(queue.take_lost().at(0).reason == "never taken for ben@example.org (SMTP 550)");
    BOOST_TEST(queue.take_done() == (Rows{1, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(a_mail_that_some_have_waits_for_a_server_that_gives_no_answer) {
    queue.add(1, notice("hook", "a"));
    Answer answer{queue.take_due(at(0ms)).at(0).number, 451, {}, ""};
    answer.is_mail = true;
    answer.done_with = {"anna@example.org"};
    BOOST_REQUIRE(queue.finish(answer, at(0ms)));
    answer.done_with.clear();
    auto time = backoff_max;
    for (int i = 0; i < 40; ++i, time += backoff_max) {
        const auto sent = queue.take_due(at(time));
        BOOST_REQUIRE(sent.size() == 1u);
        answer.number = sent[0].number;
        answer.status = 0;
        BOOST_REQUIRE(queue.finish(answer, at(time)));
    }
    BOOST_TEST(queue.take_lost().empty());
    answer.number = queue.take_due(at(time)).at(0).number;
    answer.status = 550;
    answer.refused = "ben@example.org (SMTP 550)";
    BOOST_REQUIRE(queue.finish(answer, at(time)));
    BOOST_TEST(queue.take_lost().at(0).reason == "never taken for ben@example.org (SMTP 550)");
}

BOOST_AUTO_TEST_CASE(what_waits_is_bounded_in_bytes_too) {
    auto large = notice("hook", "first");
    large.json = std::string(notices_bytes_max / 2, 'x');
    queue.add(1, large);
    large.about = "second";
    queue.add(2, large);
    BOOST_TEST(queue.take_lost().at(0).about == "first");
    BOOST_TEST(due(0ms) == Words{"hook second"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_failure_is_tried_again_within_its_back_off_and_as_the_receiver_asks) {
    queue.add(1, notice("hook", "a"));
    due(0ms);
    answer(0, 503, 0ms);
    BOOST_REQUIRE(queue.next_due().has_value());
    BOOST_TEST((*queue.next_due() <= at(1s)));  // up to backoff_base
    BOOST_TEST(due(1s) == Words{"hook a"}, per_element());
    answer(0, 0, 1s);
    BOOST_TEST((*queue.next_due() <= at(3s)));
    due(3s);
    answer(0, 429, 3s, 10min);
    BOOST_TEST((*queue.next_due() == at(3s + 10min)));
    BOOST_TEST(due(3s + 10min - 1ms).empty());
    due(3s + 10min);
    answer(0, 429, 3s + 10min, 99h);
    BOOST_TEST((*queue.next_due() == at(3s + 10min + 1h)));  // patience has an end
    BOOST_TEST(queue.counts().retried == 4u);
    BOOST_TEST(queue.take_done().empty());
}

BOOST_AUTO_TEST_CASE(what_is_refused_for_good_is_given_up_and_the_next_goes_on) {
    queue.add(1, notice("hook", "a"));
    queue.add(2, notice("hook", "b"));
    due(0ms);
    answer(0, 410, 0ms);
    const auto lost = queue.take_lost();
    BOOST_REQUIRE(lost.size() == 1u);
    BOOST_TEST(lost[0].about == "a");
    BOOST_TEST(lost[0].reason == "answered HTTP 410");
    BOOST_TEST(queue.take_done() == Rows{1}, per_element());
    BOOST_TEST(due(0ms) == Words{"hook b"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_receiver_that_is_gone_is_told_of_and_its_row_erased) {
    queue.add(1, notice("gone", "a"));
    BOOST_TEST(queue.take_lost().at(0).reason == "receiver 'gone' is not configured");
    BOOST_TEST(queue.take_done() == Rows{1}, per_element());
    BOOST_TEST(queue.take_due(at(0ms)).empty());
}

BOOST_AUTO_TEST_CASE(beyond_its_bound_the_oldest_that_is_not_under_way_makes_room) {
    for (uint64_t row = 1; row <= notices_waiting_max; ++row) {
        queue.add(row, notice("hook", std::to_string(row)));
    }
    due(0ms);
    queue.add(notices_waiting_max + 1, notice("hook", "new"));
    BOOST_TEST(queue.take_lost().at(0).about == "2");
    BOOST_TEST(queue.take_done() == Rows{2}, per_element());
    answer(0, 200, 0ms);
    BOOST_TEST(queue.take_done() == Rows{1}, per_element());
    BOOST_TEST(due(0ms) == Words{"hook 3"}, per_element());
}

BOOST_AUTO_TEST_CASE(for_a_channel_of_alerts_it_is_one_alert_of_a_group_of_its_own) {
    auto one = notice("team", "ticket 7");
    one.at = wall_from_unix_ms(1'800'000'000'000);
    const auto open = message_of(one);
    BOOST_TEST(open.group_key == "ticket 7");
    BOOST_REQUIRE(open.alerts.size() == 1u);
    BOOST_TEST(open.alerts[0].labels.at("alertname") == "ticket 7");
    BOOST_TEST(open.alerts[0].annotations.at("summary") == "s");
    BOOST_TEST(open.alerts[0].annotations.at("description") == "t");
    BOOST_TEST(!open.alerts[0].is_resolved);
    one.is_over = true;
    BOOST_TEST(message_of(one).alerts[0].is_resolved);
    BOOST_TEST((message_of(one).alerts[0].ends_at == one.at));
    BOOST_TEST((decode_notice(encode(one)).value() == one));
}

BOOST_AUTO_TEST_CASE(answers_of_others_are_not_its) {
    BOOST_TEST(!queue.finish({1, 200, {}, ""}, at(0ms)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify

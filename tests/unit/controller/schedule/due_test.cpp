#include "controller/schedule/due.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {
WallTime at(std::string_view text) {
    return parse_rfc3339(text).value();
}
const Schedule daily = parse_schedule("02:30").value();

std::vector<std::string> days(const std::vector<WallTime>& instants) {
    std::vector<std::string> texts;
    for (const auto instant : instants) {
        texts.push_back(to_rfc3339(instant).substr(5, 5));
    }
    return texts;
}
std::vector<std::string> days(const std::vector<MissedStarts>& missed) {
    std::vector<WallTime> instants;
    for (const auto& start : missed) {
        instants.push_back(start.instant);
    }
    return days(instants);
}
// The controller was down from 05-01 02:00 to 05-04 10:00.
DueStarts after_outage(MisfirePolicy policy, bool after_step = false) {
    return due_starts(daily, policy, at("2026-04-30T02:30:00Z"), at("2026-05-04T10:00:00Z"), after_step);
}
using Days = std::vector<std::string>;
}  // namespace

BOOST_AUTO_TEST_SUITE(due)

BOOST_AUTO_TEST_CASE(skip_waits_for_the_next_start) {
    const auto due = after_outage(MisfirePolicy::skip);
    BOOST_TEST(due.run.empty());
    BOOST_TEST(days(due.missed) == (Days{"05-01", "05-02", "05-03", "05-04"}), boost::test_tools::per_element());
    BOOST_TEST(to_rfc3339(next_after(daily, due.considered)) == "2026-05-05T02:30:00.000Z");
}

BOOST_AUTO_TEST_CASE(latest_runs_the_last_and_records_the_others) {
    const auto due = after_outage(MisfirePolicy::latest);
    BOOST_TEST(days(due.run) == Days{"05-04"}, boost::test_tools::per_element());
    BOOST_TEST(days(due.missed) == (Days{"05-01", "05-02", "05-03"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_runs_each_up_to_a_cap) {
    const auto due = after_outage(MisfirePolicy::all);
    BOOST_TEST(days(due.run) == (Days{"05-01", "05-02", "05-03", "05-04"}), boost::test_tools::per_element());
    const auto capped =
        due_starts(daily, MisfirePolicy::all, at("2026-04-10T02:30:00Z"), at("2026-05-04T10:00:00Z"), false);
    BOOST_TEST(capped.run.size() == catch_up_runs_max);
    BOOST_TEST(capped.run.size() + capped.missed.size() == 24u);
}

BOOST_AUTO_TEST_CASE(a_step_forward_makes_no_burst) {
    const auto due = after_outage(MisfirePolicy::all, true);
    BOOST_TEST(days(due.run) == Days{"05-04"}, boost::test_tools::per_element());
    BOOST_TEST(due.missed.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_start_within_the_grace_is_on_time_for_skip) {
    const auto due =
        due_starts(daily, MisfirePolicy::skip, at("2026-04-30T02:30:00Z"), at("2026-05-01T02:30:59Z"), false);
    BOOST_TEST(days(due.run) == Days{"05-01"}, boost::test_tools::per_element());
    BOOST_TEST(due.missed.empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_due_before_the_cursor) {
    const auto due =
        due_starts(daily, MisfirePolicy::all, at("2026-05-01T02:30:00Z"), at("2026-05-01T00:30:00Z"), false);
    BOOST_TEST(due.run.empty());
    BOOST_TEST(due.missed.empty());
    BOOST_TEST(to_rfc3339(due.considered) == "2026-05-01T02:30:00.000Z");
}

BOOST_AUTO_TEST_CASE(of_very_many_missed_starts_only_the_latest_is_computed) {
    const auto often = parse_schedule("every 1s").value();
    for (const auto policy : {MisfirePolicy::latest, MisfirePolicy::all}) {
        const auto due = due_starts(often, policy, at("2016-01-01T00:00:00Z"), at("2026-01-01T00:00:00.5Z"), false);
        BOOST_REQUIRE(due.run.size() == 1u);
        BOOST_TEST(to_rfc3339(due.run[0]) == "2026-01-01T00:00:00.000Z");
        BOOST_REQUIRE(due.missed.size() == 1u);
        BOOST_TEST(due.missed[0].count == starts_counted_max);
        BOOST_TEST(due.missed[0].is_lower_bound);
    }
}

BOOST_AUTO_TEST_CASE(a_cursor_reads_back) {
    const ScheduleCursor cursor{at("2026-05-01T02:30:00Z"), "02:30 Europe/Berlin"};
    BOOST_TEST((decode_cursor(encode_cursor(cursor)).value() == cursor));
    BOOST_TEST(!decode_cursor(encode_cursor(cursor).substr(0, 12)));
    BOOST_TEST(!decode_cursor(""));
    const auto owner = read_cursor_key(cursor_key("nightly", AgentId{"web-1"})).value();
    BOOST_TEST(owner.plan == "nightly");
    BOOST_TEST(owner.agent.value == "web-1");
}

BOOST_AUTO_TEST_CASE(steps_of_the_clock_are_told_from_passing_time) {
    ClockWatch watch;
    MonoTime mono{1h};
    auto wall = at("2026-05-01T02:30:00Z");
    BOOST_TEST(watch.step(mono, wall).count() == 0);
    BOOST_TEST(watch.step(mono += 1h, wall += 1h + 20s).count() == 0);
    BOOST_TEST((watch.step(mono += 1s, wall += 5h + 1s) == milliseconds{5h}));
    BOOST_TEST((watch.step(mono += 1s, wall -= 2h - 1s) == milliseconds{-2h}));
}

BOOST_AUTO_TEST_CASE(plans_name_the_line_of_a_mistake) {
    ScheduleConfig config;
    config.name = "nightly";
    config.job = "backup";
    config.when = "02:30";
    config.file = "c.yaml";
    config.line = 7;
    BOOST_TEST(plans_from({config}).has_value());
    BOOST_TEST(plans_from({config, config}).error().message.find("c.yaml:7: schedule 'nightly'") == 0u);
    config.when = "at dawn";
    config.when_line = 9;
    BOOST_TEST(plans_from({config}).error().message.find("c.yaml:9: schedule 'nightly': when: schedule 'at dawn'") ==
               0u);
    config.when = "02:30";
    config.misfire = "never";
    BOOST_TEST(plans_from({config}).error().message.find("c.yaml:7: schedule 'nightly': misfire: 'never'") == 0u);
    config.misfire = "skip";
    config.indeterminate = "hope";
    BOOST_TEST(plans_from({config}).error().message.find("indeterminate: 'hope'") != std::string::npos);
    config.indeterminate = "rerun";
    BOOST_TEST((plans_from({config}).value().at(0).indeterminate == IndeterminatePolicy::rerun));
}

BOOST_AUTO_TEST_CASE(a_host_needs_all_labels_of_the_selector) {
    BOOST_TEST(has_labels({{"env", "prod"}, {"role", "web"}}, {{"env", "prod"}}));
    BOOST_TEST(has_labels({}, {}));
    BOOST_TEST(!has_labels({{"env", "test"}}, {{"env", "prod"}}));
    BOOST_TEST(!has_labels({}, {{"env", "prod"}}));
}

BOOST_AUTO_TEST_SUITE_END()

// Policies on calendars. What is expected follows from the calendar of 2024 (1 January was a Monday) and from restic's
// documentation, "Removing snapshots according to a policy".
#include "agent/backup/retention.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent::backup;

namespace {

const Moment far_ahead = parse_moment("2100-01-01T00:00:00Z").value();

Snapshot at(std::string_view time, std::vector<std::string> tags = {}) {
    Snapshot snapshot;
    snapshot.id = id_of(time);
    snapshot.time = parse_moment(time).value();
    snapshot.utc_offset_seconds = utc_offset_of_moment(time);
    snapshot.host = "h";
    snapshot.paths = {"/srv"};
    snapshot.tags = std::move(tags);
    return snapshot;
}

std::vector<Snapshot> at_times(const std::vector<std::string>& times) {
    std::vector<Snapshot> snapshots;
    for (const auto& time : times) {
        snapshots.push_back(at(time));
    }
    return snapshots;
}

using Texts = std::vector<std::string>;

Texts kept_by(const RetentionPolicy& policy, const std::vector<Snapshot>& snapshots, Moment now = far_ahead) {
    Texts kept;
    for (const auto& choice : apply_policy(snapshots, policy, now)) {
        if (choice.is_kept()) {
            kept.push_back(format_moment(choice.snapshot.time));
        }
    }
    return kept;
}

Texts reasons_of(const RetentionPolicy& policy, const std::vector<Snapshot>& snapshots, size_t number) {
    return apply_policy(snapshots, policy, far_ahead)[number].reasons;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup_retention)

BOOST_AUTO_TEST_CASE(keeps_the_newest) {
    RetentionPolicy policy;
    policy.last = 2;
    BOOST_TEST(kept_by(policy, at_times({"2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z", "2024-01-02T00:00:00Z"})) ==
                   (Texts{"2024-01-03T00:00:00Z", "2024-01-02T00:00:00Z"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_empty_policy_keeps_all_and_no_snapshot_needs_none) {
    BOOST_TEST(kept_by({}, at_times({"2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z"})).size() == 2u);
    BOOST_TEST(kept_by({}, {}).empty());
}

BOOST_AUTO_TEST_CASE(keeps_the_newest_of_each_day_that_has_one) {
    RetentionPolicy policy;
    policy.daily = 2;
    BOOST_TEST(kept_by(policy, at_times({"2024-01-01T09:00:00Z", "2024-01-05T08:00:00Z", "2024-01-05T20:00:00Z",
                                         "2024-01-09T01:00:00Z", "2024-01-09T23:59:59Z"})) ==
                   (Texts{"2024-01-09T23:59:59Z", "2024-01-05T20:00:00Z"}),
               boost::test_tools::per_element());
}

// 2020-12-31 was a Thursday: week 53 of 2020 has it, and 2021-01-03, a Sunday. 2021-01-04 begins week 1.
BOOST_AUTO_TEST_CASE(weeks_are_those_of_iso_8601_across_the_year) {
    RetentionPolicy policy;
    policy.weekly = 2;
    BOOST_TEST(
        kept_by(policy, at_times({"2020-12-20T00:00:00Z", "2020-12-31T00:00:00Z", "2021-01-03T23:00:00Z",
                                  "2021-01-04T00:00:00Z"})) == (Texts{"2021-01-04T00:00:00Z", "2021-01-03T23:00:00Z"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(hours_months_and_years_have_buckets_of_their_own) {
    const auto snapshots = at_times({"2022-06-01T00:00:00Z", "2023-06-01T00:00:00Z", "2024-05-31T00:00:00Z",
                                     "2024-06-01T10:00:00Z", "2024-06-01T10:59:00Z", "2024-06-01T11:00:00Z"});
    RetentionPolicy policy;
    policy.hourly = 2;
    BOOST_TEST(kept_by(policy, snapshots) == (Texts{"2024-06-01T11:00:00Z", "2024-06-01T10:59:00Z"}),
               boost::test_tools::per_element());
    policy = {};
    policy.monthly = 2;
    BOOST_TEST(kept_by(policy, snapshots) == (Texts{"2024-06-01T11:00:00Z", "2024-05-31T00:00:00Z"}),
               boost::test_tools::per_element());
    policy = {};
    policy.yearly = 2;
    BOOST_TEST(kept_by(policy, snapshots) == (Texts{"2024-06-01T11:00:00Z", "2023-06-01T00:00:00Z"}),
               boost::test_tools::per_element());
}

// The history is as long as it can be while a rule has counts left.
BOOST_AUTO_TEST_CASE(the_oldest_stays_while_a_rule_wants_more_than_there_is) {
    const auto snapshots = at_times({"2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z"});
    RetentionPolicy policy;
    policy.yearly = 5;
    BOOST_TEST(kept_by(policy, snapshots) == (Texts{"2024-04-01T00:00:00Z", "2024-02-01T00:00:00Z"}),
               boost::test_tools::per_element());
    BOOST_TEST(reasons_of(policy, snapshots, 2) == Texts{"oldest yearly snapshot"}, boost::test_tools::per_element());
    policy.yearly = 1;
    BOOST_TEST(kept_by(policy, snapshots).size() == 1u);
}

BOOST_AUTO_TEST_CASE(unlimited_keeps_one_of_each_bucket) {
    RetentionPolicy policy;
    policy.monthly = parse_keep_count("unlimited").value();
    BOOST_TEST(
        kept_by(policy, at_times({"2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", "2021-01-01T00:00:00Z",
                                  "2022-01-01T00:00:00Z", "2022-01-02T00:00:00Z"})) ==
            (Texts{"2022-01-02T00:00:00Z", "2021-01-01T00:00:00Z", "2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z"}),
        boost::test_tools::per_element());
}

// Counted from the newest snapshot, not from now: a host that was off for a year loses nothing by it.
BOOST_AUTO_TEST_CASE(within_counts_back_from_the_newest_and_excludes_its_end) {
    RetentionPolicy policy;
    policy.within = parse_calendar_span("1m1d").value();
    BOOST_TEST(
        kept_by(policy, at_times({"2024-02-27T12:00:00Z", "2024-02-28T12:00:00Z", "2024-02-28T12:00:01Z",
                                  "2024-03-29T12:00:00Z"})) == (Texts{"2024-03-29T12:00:00Z", "2024-02-28T12:00:01Z"}),
        boost::test_tools::per_element());
}

// Go's AddDate: 31 March less a month is 31 February, which is 2 March in 2024.
BOOST_AUTO_TEST_CASE(a_day_that_a_month_has_not_runs_over) {
    RetentionPolicy policy;
    policy.within = parse_calendar_span("1m").value();
    BOOST_TEST(kept_by(policy, at_times({"2024-03-02T00:00:00Z", "2024-03-02T00:00:01Z", "2024-03-31T00:00:00Z"})) ==
                   (Texts{"2024-03-31T00:00:00Z", "2024-03-02T00:00:01Z"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(daily_within_keeps_one_of_each_day_in_the_time) {
    RetentionPolicy policy;
    policy.within_daily = parse_calendar_span("2d").value();
    const auto snapshots = at_times({"2024-01-06T00:00:00Z", "2024-01-08T13:00:00Z", "2024-01-08T14:00:00Z",
                                     "2024-01-09T11:00:00Z", "2024-01-10T12:00:00Z"});
    BOOST_TEST(
        kept_by(policy, snapshots) == (Texts{"2024-01-10T12:00:00Z", "2024-01-09T11:00:00Z", "2024-01-08T14:00:00Z"}),
        boost::test_tools::per_element());
    BOOST_TEST(reasons_of(policy, snapshots, 0) == Texts{"daily within 2d"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(tags_keep_what_has_all_of_one_list) {
    RetentionPolicy policy;
    policy.tags = {{"a", "b"}, {"c"}};
    const std::vector<Snapshot> snapshots{at("2024-01-01T00:00:00Z", {"a"}), at("2024-01-02T00:00:00Z", {"b", "a"}),
                                          at("2024-01-03T00:00:00Z", {"c", "d"}), at("2024-01-04T00:00:00Z")};
    BOOST_TEST(kept_by(policy, snapshots) == (Texts{"2024-01-03T00:00:00Z", "2024-01-02T00:00:00Z"}),
               boost::test_tools::per_element());
    BOOST_TEST(reasons_of(policy, snapshots, 2) == Texts{"has tags [a, b]"}, boost::test_tools::per_element());
}

// restic writes the zone of its host, and counts days by it: these two are one day in Tokyo, two in UTC.
BOOST_AUTO_TEST_CASE(days_are_counted_in_the_zone_a_snapshot_was_written_in) {
    BOOST_TEST(utc_offset_of_moment("2024-01-02T01:00:00+09:00") == 9 * 3600);
    BOOST_TEST(utc_offset_of_moment("2024-01-02T01:00:00.5-03:30") == -(3 * 3600 + 30 * 60));
    BOOST_TEST(utc_offset_of_moment("2024-01-02T01:00:00Z") == 0);
    RetentionPolicy policy;
    policy.daily = 2;
    BOOST_TEST(kept_by(policy, at_times({"2023-12-31T12:00:00+09:00", "2024-01-02T01:00:00+09:00",
                                         "2024-01-02T12:00:00+09:00", "2023-12-30T12:00:00+09:00"})) ==
                   (Texts{"2024-01-02T03:00:00Z", "2023-12-31T03:00:00Z"}),
               boost::test_tools::per_element());
}

// restic#21956: it would be the newest for ever, and push out the true one.
BOOST_AUTO_TEST_CASE(a_snapshot_of_2099_is_kept_and_takes_no_other_s_place) {
    RetentionPolicy policy;
    policy.last = 1;
    const auto now = parse_moment("2024-01-03T00:00:00Z").value();
    BOOST_TEST(kept_by(policy, at_times({"2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2099-01-01T00:00:00Z"}),
                       now) == (Texts{"2099-01-01T00:00:00Z", "2024-01-02T00:00:00Z"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(spans_and_counts_read_or_are_refused) {
    BOOST_TEST((parse_calendar_span("2y5m7d3h").value() == CalendarSpan{2, 5, 7, 3}));
    BOOST_TEST(format_calendar_span({2, 0, 7, 0}) == "2y7d");
    for (const auto* bad : {"", "5", "d", "5x", "-5d", "1d1d", "0d", "5 d", "99999999999999999999d", "200000000y"}) {
        BOOST_TEST(!parse_calendar_span(bad).has_value(), bad);
    }
    BOOST_TEST(parse_keep_count("0").value() == 0u);
    for (const auto* bad : {"", "-1", "x", "3x", "4294967295"}) {
        BOOST_TEST(!parse_keep_count(bad).has_value(), bad);
    }
}

BOOST_AUTO_TEST_CASE(groups_by_host_and_paths_whatever_their_order) {
    auto a = at("2024-01-01T00:00:00Z");
    auto b = at("2024-01-02T00:00:00Z");
    auto c = at("2024-01-03T00:00:00Z", {"t"});
    a.paths = {"/x", "/y"};
    b.paths = {"/y", "/x"};
    c.paths = {"/x", "/y"};
    c.host = "other";
    BOOST_TEST(group_snapshots({a, b, c}, parse_grouping("host,paths").value()).size() == 2u);
    BOOST_TEST(group_snapshots({a, b, c}, parse_grouping("paths").value()).size() == 1u);
    BOOST_TEST(group_snapshots({a, b, c}, parse_grouping("paths,tags").value()).size() == 2u);
    BOOST_TEST(group_snapshots({a, b, c}, parse_grouping("").value()).size() == 1u);
    BOOST_TEST(!parse_grouping("host,size").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

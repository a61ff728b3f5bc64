#include "agent/logs/planner.hpp"

#include <cstdlib>
#include <ctime>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent::logs;

namespace {
const auto noon = parse_rfc3339("2026-11-25T12:00:00Z").value();

FileFacts sized(uint64_t bytes, WallTime since = noon - 1h) {
    FileFacts facts;
    facts.size = bytes;
    facts.inode = 7;
    facts.since = since;
    return facts;
}

Block daily() {
    Block block;
    block.criterion = Criterion::daily;
    block.keep = 3;
    return block;
}

// Steps as "kind from>to", in order.
std::string steps_of(const Block& block, const std::vector<std::string>& names) {
    FoundFolder folder;
    uint64_t inode = 100;
    for (const auto& name : names) {
        folder.listing[name] = sized(1);
        folder.listing[name].inode = ++inode;
    }
    const auto plan = plan_log(block, {0, "/l/a", "/l", "a", sized(5)}, folder, {}, noon);
    if (!plan) {
        return plan.error().message;
    }
    std::string text;
    for (const auto& step : plan_unit(block, {*plan}, noon).steps) {
        text += fmt::format("{}{} {}>{}", text.empty() ? "" : ", ", name_of(step.kind), step.from, step.to);
    }
    return text;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(planner)

BOOST_AUTO_TEST_CASE(daily_goes_by_the_date_and_not_by_24_hours) {
    const auto late = parse_rfc3339("2026-11-24T23:50:00Z").value();
    BOOST_TEST(judge(daily(), sized(1), late, late + 15min, false).is_due);
    BOOST_TEST(!judge(daily(), sized(1), noon - 11h, noon, false).is_due);
}

BOOST_AUTO_TEST_CASE(daily_after_a_rotation_by_maxsize_minutes_ago_is_not_due) {
    auto block = daily();
    block.max_bytes = 1000;
    const auto late = parse_rfc3339("2026-11-24T23:50:00Z").value();
    BOOST_TEST(judge(block, sized(2000), late - 20h, late, false).is_due);
    BOOST_TEST(!judge(block, sized(10), late, late + 15min, false).is_due);
    BOOST_TEST(judge(block, sized(10), late, late + 24h, false).is_due);
}

BOOST_AUTO_TEST_CASE(first_sight_goes_by_the_age_of_the_log) {
    BOOST_TEST(judge(daily(), sized(1, noon - 240h), std::nullopt, noon, false).is_due);
    BOOST_TEST(!judge(daily(), sized(1, noon - 1h), std::nullopt, noon, false).is_due);
}

BOOST_AUTO_TEST_CASE(a_last_rotation_far_in_the_future_or_at_the_epoch_is_due) {
    BOOST_TEST(judge(daily(), sized(1), noon + 26h, noon, false).is_due);
    BOOST_TEST(judge(daily(), sized(1), WallTime{}, noon, false).is_due);
}

BOOST_AUTO_TEST_CASE(sizes) {
    Block block;
    block.size_bytes = 100;
    BOOST_TEST(judge(block, sized(100), noon, noon, false).is_due);
    BOOST_TEST(!judge(block, sized(99), noon - 240h, noon, false).is_due);
    auto small = daily();
    small.min_bytes = 50;
    BOOST_TEST(!judge(small, sized(49), noon - 48h, noon, false).is_due);
    BOOST_TEST(judge(small, sized(50), noon - 48h, noon, false).is_due);
}

Block every(Criterion criterion, int weekday = 0) {
    Block block;
    block.criterion = criterion;
    block.weekday = weekday;
    return block;
}
bool is_due(const Block& block, std::string_view last, std::string_view now) {
    return judge(block, sized(1), parse_rfc3339(last).value(), parse_rfc3339(now).value(), false).is_due;
}

// 2026-11-25 is a Wednesday.
BOOST_AUTO_TEST_CASE(weekly_is_due_on_its_weekday_or_after_seven_days) {
    const auto sundays = every(Criterion::weekly);
    BOOST_TEST(!is_due(sundays, "2026-11-25T12:00:00Z", "2026-11-28T12:00:00Z"));
    BOOST_TEST(is_due(sundays, "2026-11-25T12:00:00Z", "2026-11-29T00:05:00Z"));
    BOOST_TEST(!is_due(sundays, "2026-11-29T00:05:00Z", "2026-11-29T23:55:00Z"));
    BOOST_TEST(!is_due(sundays, "2026-11-23T12:00:00Z", "2026-11-28T12:00:00Z"));
    BOOST_TEST(is_due(sundays, "2026-11-21T23:00:00Z", "2026-11-28T01:00:00Z"));
    BOOST_TEST(is_due(every(Criterion::weekly, 3), "2026-11-24T12:00:00Z", "2026-11-25T12:00:00Z"));
    BOOST_TEST(!is_due(every(Criterion::weekly, any_weekday), "2026-11-24T12:00:00Z", "2026-11-29T12:00:00Z"));
}

BOOST_AUTO_TEST_CASE(months_and_years_go_by_the_calendar) {
    BOOST_TEST(is_due(every(Criterion::monthly), "2026-11-30T12:00:00Z", "2026-12-01T12:00:00Z"));
    BOOST_TEST(is_due(every(Criterion::monthly), "2025-12-01T12:00:00Z", "2026-01-01T12:00:00Z"));
    BOOST_TEST(!is_due(every(Criterion::monthly), "2026-11-01T12:00:00Z", "2026-11-30T12:00:00Z"));
    auto late = every(Criterion::monthly);
    late.monthday = 31;
    BOOST_TEST(!is_due(late, "2026-10-31T12:00:00Z", "2026-11-29T12:00:00Z"));
    BOOST_TEST(is_due(late, "2026-10-31T12:00:00Z", "2026-11-30T12:00:00Z"));  // the last of November
    BOOST_TEST(is_due(late, "2026-10-27T12:00:00Z", "2026-11-28T12:00:00Z"));  // 32 days
    BOOST_TEST(is_due(every(Criterion::yearly), "2026-12-31T12:00:00Z", "2027-01-01T12:00:00Z"));
    BOOST_TEST(!is_due(every(Criterion::yearly), "2026-01-01T12:00:00Z", "2026-12-31T12:00:00Z"));
}

// Berlin, 2025-10-26: 00:30Z is 02:30 summer time, 01:30Z is 02:30 again.
BOOST_AUTO_TEST_CASE(an_hour_that_comes_twice_is_due_twice) {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    BOOST_TEST(is_due(every(Criterion::hourly), "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z"));
    BOOST_TEST(!is_due(every(Criterion::hourly), "2025-10-26T00:01:00Z", "2025-10-26T00:59:00Z"));
    setenv("TZ", "Asia/Kolkata", 1);  // half an hour off
    tzset();
    BOOST_TEST(is_due(every(Criterion::hourly), "2025-10-26T00:29:00Z", "2025-10-26T00:31:00Z"));
    BOOST_TEST(!is_due(every(Criterion::hourly), "2025-10-26T00:31:00Z", "2025-10-26T01:29:00Z"));
    unsetenv("TZ");
    tzset();
}

BOOST_AUTO_TEST_CASE(minage_holds_back_what_was_written_to_lately) {
    auto block = daily();
    block.min_age_days = 3;
    auto log = sized(1, noon - 240h);
    log.written = noon - 71h;
    BOOST_TEST(!judge(block, log, noon - 48h, noon, false).is_due);
    log.written = noon - 73h;
    BOOST_TEST(judge(block, log, noon - 48h, noon, false).is_due);
    // Both bounds belong to times; logrotate 3.21.0 rotates such a log by size.
    block.criterion = Criterion::size;
    block.size_bytes = 1;
    block.min_bytes = 100;
    log.written = noon;
    BOOST_TEST(judge(block, log, noon, noon, false).is_due);
}

BOOST_AUTO_TEST_CASE(notifempty_beats_force) {
    auto block = daily();
    BOOST_TEST(judge(block, sized(0), noon, noon, true).is_due);
    block.notifempty = true;
    BOOST_TEST(!judge(block, sized(0), noon, noon, true).is_due);
}

BOOST_AUTO_TEST_CASE(shifts_from_the_oldest_and_removes_last) {
    auto block = daily();
    block.create = CreateRule{};
    block.postrotate = "true";
    BOOST_TEST(steps_of(block, {"a", "a.1", "a.2", "a.3", "ab.1", "a.9"}) ==
               "shift a.3>a.4, shift a.2>a.3, shift a.1>a.2, move a>a.1, create a>, postrotate >, remove a.4>");
}

BOOST_AUTO_TEST_CASE(turning_compress_on_ages_plain_and_compressed_archives) {
    auto block = daily();
    block.compress = true;
    BOOST_TEST(
        steps_of(block, {"a", "a.1", "a.2", "a.3.gz"}) ==
        "shift a.3.gz>a.4.gz, shift a.2>a.3, shift a.1>a.2, move a>a.1, compress a.1>a.1.gz, compress a.2>a.2.gz, "
        "compress a.3>a.3.gz, remove a.4.gz>");
    block.delaycompress = true;
    BOOST_TEST(steps_of(block, {"a", "a.1"}) == "shift a.1>a.2, move a>a.1, compress a.2>a.2.gz");
}

BOOST_AUTO_TEST_CASE(of_two_forms_of_one_number_the_packed_one_is_set_aside) {
    auto block = daily();
    block.compress = true;
    BOOST_TEST(steps_of(block, {"a", "a.1", "a.1.gz"}) ==
               "shift a.1.gz>a.1.gz-2026112512.backup, shift a.1>a.2, move a>a.1, compress a.1>a.1.gz, compress "
               "a.2>a.2.gz");
}

BOOST_AUTO_TEST_CASE(rotate_0_keeps_the_archive_until_the_script_has_run) {
    auto block = daily();
    block.keep = 0;
    block.postrotate = "cat $2";
    BOOST_TEST(steps_of(block, {"a"}) == "move a>a.1, postrotate >, remove a.1>");
}

BOOST_AUTO_TEST_CASE(dated_archives_keep_the_newest) {
    auto block = daily();
    block.dateext = true;
    block.keep = 2;
    BOOST_TEST(steps_of(block, {"a", "a-20261101", "a-20261102.gz", "a-20261003", "a-x"}) ==
               "move a>a-20261125, remove a-20261003>, remove a-20261101>");
    BOOST_TEST(steps_of(block, {"a", "a-20261125.gz"}).find("exists already") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(start_moves_all_numbers) {
    auto block = daily();
    block.start = 5;
    block.keep = 2;
    block.compress = true;
    block.delaycompress = true;
    BOOST_TEST(steps_of(block, {"a", "a.1", "a.5", "a.6.gz"}) ==
               "shift a.6.gz>a.7.gz, shift a.5>a.6, move a>a.5, compress a.6>a.6.gz, remove a.7.gz>");
}

BOOST_AUTO_TEST_CASE(maxage_removes_what_rotate_would_keep) {
    auto block = daily();
    block.keep = keep_all;
    block.max_age_days = 7;
    FoundFolder folder;
    for (int i = 1; i <= 3; ++i) {
        auto& facts = folder.listing[fmt::format("a.{}", i)];
        facts.inode = static_cast<uint64_t>(100 + i);
        facts.written = noon - (i * 3 + 1) * 24h;  // 4, 7 and 10 days old
    }
    const auto plan = plan_log(block, {0, "/l/a", "/l", "a", sized(5)}, folder, {}, noon).value();
    BOOST_REQUIRE(plan.after_script.size() == 1u);
    BOOST_TEST(plan.after_script[0].from == "a.4");
}

BOOST_AUTO_TEST_CASE(copy_leaves_the_log) {
    auto block = daily();
    block.copy = true;
    block.create = CreateRule{};
    BOOST_TEST(steps_of(block, {"a", "a.1"}) == "shift a.1>a.2, snapshot a>a.1");
}

BOOST_AUTO_TEST_CASE(renamecopy_holds_the_log_and_stores_it_behind_the_script) {
    auto block = daily();
    block.renamecopy = true;
    block.create = CreateRule{};
    block.postrotate = "true";
    block.compress = true;
    BOOST_TEST(steps_of(block, {"a"}) == "hold a>a.tmp, create a>, postrotate >, store a.tmp>a.1, compress a.1>a.1.gz");
}

BOOST_AUTO_TEST_CASE(what_goes_is_mailed_and_shown_to_preremove_first) {
    auto block = daily();
    block.keep = 1;
    block.mail_address = "ops";
    block.preremove = "true";
    BOOST_TEST(steps_of(block, {"a", "a.1"}) == "shift a.1>a.2, move a>a.1, mail a.2>, preremove a.2>, remove a.2>");
    block.mailfirst = true;
    BOOST_TEST(steps_of(block, {"a"}) == "move a>a.1, mail a.1>");
}

BOOST_AUTO_TEST_CASE(actions_of_the_block_stand_before_its_first_and_behind_its_last_unit) {
    auto block = daily();
    block.firstaction = "one";
    block.lastaction = "two";
    block.patterns = {"/l/*", "/m/*"};
    LogPlan log;
    log.before_script.emplace_back().kind = StepKind::move;
    const auto alone = plan_unit(block, {log}, noon).steps;
    BOOST_REQUIRE(alone.size() == 3u);
    BOOST_TEST((alone[0].kind == StepKind::firstaction && alone[2].kind == StepKind::lastaction));
    BOOST_TEST(alone[0].first == "/l/* /m/* ");
    BOOST_TEST(plan_unit(block, {log}, noon, {false, false}).steps.size() == 1u);
}

BOOST_AUTO_TEST_CASE(archives_of_olddir_are_planned_by_what_that_holds) {
    const auto block = daily();
    FoundFolder folder;
    folder.listing["a.1"] = sized(1);
    ArchiveFolder elsewhere{"/old", {5, 6, {}}};
    elsewhere.content.listing["a.1"] = sized(1);
    elsewhere.content.listing["a.2"] = sized(1);
    const auto plan = plan_log(block, {0, "/l/a", "/l", "a", sized(5)}, folder, {}, noon, &elsewhere).value();
    BOOST_TEST(plan.before_script.size() == 3u);
    BOOST_TEST(plan.log.archive_folder == "/old");
    BOOST_TEST((plan.log.archive_device == 5u && plan.log.archive_inode == 6u));
    BOOST_TEST(plan_unit(daily(), {plan}, noon).steps.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_shared_script_stands_around_all_logs) {
    auto block = daily();
    block.sharedscripts = true;
    block.prerotate = "true";
    block.postrotate = "true";
    block.patterns = {"/l/*"};
    LogPlan one;
    one.before_script.emplace_back().kind = StepKind::move;
    const auto unit = plan_unit(block, {one, one}, noon);
    BOOST_REQUIRE(unit.steps.size() == 4u);
    BOOST_TEST((unit.steps[0].kind == StepKind::prerotate && unit.steps[3].kind == StepKind::postrotate));
    BOOST_TEST(unit.steps[2].log == 1u);
    BOOST_TEST(unit.steps[3].first == "/l/* ");
}

BOOST_AUTO_TEST_SUITE_END()

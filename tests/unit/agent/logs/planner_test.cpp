#include "agent/logs/planner.hpp"

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

BOOST_AUTO_TEST_CASE(two_forms_of_one_number_are_both_kept) {
    auto block = daily();
    block.compress = true;
    BOOST_TEST(steps_of(block, {"a", "a.1", "a.1.gz"}) ==
               "shift a.1.gz>a.2.gz, shift a.1>a.2, move a>a.1, compress a.1>a.1.gz");
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
               "move a>a-20261125, remove a-20261101>, remove a-20261003>");
    BOOST_TEST(steps_of(block, {"a", "a-20261125.gz"}).find("exists already") != std::string::npos);
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
    BOOST_TEST(unit.steps[3].first == "/l/*");
}

BOOST_AUTO_TEST_SUITE_END()

// Counts, and when they are told.
#include "agent/errors/error_groups.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

namespace vigie::agent::errors {
namespace {

// Letters only, as numbers would be one kind.
std::string word_of(int number) {
    std::string word;
    for (; number > 0; number /= 26) {
        word += static_cast<char>('a' + number % 26);
    }
    return "x" + word;
}

struct Groups {
    MonoTime now{};
    WallTime wall = wall_from_unix_ms(1'800'000'000'000);
    ErrorGroups groups;

    explicit Groups(GroupLimits limits = {}) : groups(limits) {}
    void add(std::string message, const std::string& file = "a.log") {
        LogRecord record;
        record.level = Level::error;
        record.message = std::move(message);
        groups.add(file, std::move(record), wall, now);
    }
    void pass(milliseconds time) {
        now += time;
        wall += time;
    }
    std::vector<ErrorReport> due(bool is_last = false) { return groups.take_due(now, is_last); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(error_groups)

BOOST_AUTO_TEST_CASE(a_new_kind_is_told_at_once) {
    Groups world;
    world.add("no connection");
    const auto due = world.due();
    BOOST_REQUIRE(due.size() == 1u);
    BOOST_TEST(due[0].sample.message == "no connection");
    BOOST_TEST(due[0].file == "a.log");
    BOOST_TEST(due[0].count == 1u);
    BOOST_TEST((due[0].first_seen == world.wall && due[0].last_seen == world.wall));
    BOOST_TEST(world.due().empty());
}

// sentry#71520: 10,000 lines that differ only by a number are one group, its count 10,000, told twice at most.
BOOST_AUTO_TEST_CASE(ten_thousand_of_a_kind_are_two_reports) {
    Groups world;
    uint64_t count = 0;
    size_t reports = 0;
    const auto take = [&] {
        for (const auto& report : world.due()) {
            count += report.count;
            ++reports;
        }
    };
    for (int i = 0; i < 10'000; ++i) {
        world.add(fmt::format("order {} failed", i));
        if (i % 1'000 == 0) {
            take();
            world.pass(1s);
        }
    }
    world.pass(5min);
    take();
    BOOST_TEST(world.groups.size() == 1u);
    BOOST_TEST(count == 10'000u);
    BOOST_TEST(reports == 2u);
}

BOOST_AUTO_TEST_CASE(what_goes_on_is_told_ever_more_rarely) {
    Groups world;
    std::vector<int> minutes;
    for (int minute = 0; minute < 200; ++minute) {
        world.add("no connection");
        if (!world.due().empty()) {
            minutes.push_back(minute);
        }
        world.pass(1min);
    }
    // After 5, 10, 20, 40 and then 60 minutes each.
    BOOST_TEST(minutes == (std::vector<int>{0, 5, 15, 35, 75, 135, 195}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_silent_for_long_is_told_at_once) {
    Groups world;
    world.add("no connection");
    BOOST_TEST(world.due().size() == 1u);
    world.pass(24h);
    world.add("no connection");
    BOOST_TEST(world.due().size() == 1u);
    world.pass(5min);
    world.add("no connection");
    BOOST_TEST(world.due().size() == 1u);
}

BOOST_AUTO_TEST_CASE(first_and_last_are_of_what_the_report_counts) {
    Groups world;
    world.add("m");
    BOOST_TEST(world.due().size() == 1u);
    world.pass(1min);
    const auto first = world.wall;
    world.add("m");
    world.pass(1min);
    const auto last = world.wall;
    world.add("m");
    world.pass(5min);
    const auto due = world.due();
    BOOST_REQUIRE(due.size() == 1u);
    BOOST_TEST(due[0].count == 2u);
    BOOST_TEST((due[0].first_seen == first && due[0].last_seen == last));
}

BOOST_AUTO_TEST_CASE(a_file_with_ever_new_kinds_becomes_a_count) {
    Groups world({.new_max = 3});
    for (int i = 1; i <= 1'000; ++i) {
        world.add(word_of(i));
    }
    world.add("of another file", "b.log");
    auto due = world.due();
    BOOST_REQUIRE(due.size() == 5u);
    uint64_t count = 0;
    uint64_t floods = 0;
    for (const auto& report : due) {
        count += report.count;
        floods += report.is_flood ? report.count : 0;
    }
    BOOST_TEST(count == 1'001u);
    BOOST_TEST(floods == 997u);
    world.pass(1min);
    world.add("one more a minute");
    BOOST_TEST(world.due().size() == 1u);
}

BOOST_AUTO_TEST_CASE(groups_are_bounded_and_the_oldest_makes_way) {
    Groups world({.groups_max = 10, .new_max = 1'000});
    for (int i = 1; i <= 100; ++i) {
        world.add(word_of(i));
        BOOST_TEST(world.due().size() == 1u);
        world.pass(1s);
    }
    BOOST_TEST(world.groups.size() == 10u);
    BOOST_TEST(world.groups.counted("a.log") == 100u);
}

BOOST_AUTO_TEST_CASE(what_was_not_told_never_makes_way) {
    Groups world({.groups_max = 10, .new_max = 1'000});
    for (int i = 1; i <= 100; ++i) {
        world.add(word_of(i));
    }
    BOOST_TEST(world.groups.size() == 11u);  // ten, and what is only counted
    uint64_t count = 0;
    for (const auto& report : world.due()) {
        count += report.count;
    }
    BOOST_TEST(count == 100u);
}

BOOST_AUTO_TEST_CASE(at_the_end_all_is_told) {
    Groups world;
    world.add("m");
    BOOST_TEST(world.due().size() == 1u);
    world.add("m");
    BOOST_TEST(world.due().empty());
    BOOST_TEST(world.due(true).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors

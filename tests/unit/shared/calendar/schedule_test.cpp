#include "shared/calendar/schedule.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;

namespace {
WallTime at(std::string_view text) {
    return parse_rfc3339(text).value();
}

std::vector<std::string> next_instants(std::string_view schedule, std::string_view from, size_t count) {
    const auto parsed = parse_schedule(schedule);
    BOOST_REQUIRE_MESSAGE(parsed, parsed.error().message);
    std::vector<std::string> instants;
    for (auto time = at(from); instants.size() < count;) {
        time = next_after(*parsed, time);
        instants.push_back(to_rfc3339(time).substr(0, 16));
    }
    return instants;
}

void check(std::string_view schedule, std::string_view from, const std::vector<std::string>& expected) {
    BOOST_TEST_CONTEXT(schedule << " from " << from) {
        BOOST_TEST(next_instants(schedule, from, expected.size()) == expected, boost::test_tools::per_element());
    }
}
}  // namespace

BOOST_AUTO_TEST_SUITE(schedule)

BOOST_AUTO_TEST_CASE(a_time_inside_the_spring_gap_runs_at_its_end) {
    check("02:30 Europe/Berlin", "2024-03-30T11:00:00Z", {"2024-03-31T01:00", "2024-04-01T00:30"});
    check("daily 00:00 America/Sao_Paulo", "2018-11-03T15:00:00Z", {"2018-11-04T03:00"});
}

BOOST_AUTO_TEST_CASE(a_repeated_time_runs_once_the_first) {
    check("02:30 Europe/Berlin", "2024-10-26T10:00:00Z", {"2024-10-27T00:30", "2024-10-28T01:30"});
    // From between the two: the second is not a run.
    check("02:30 Europe/Berlin", "2024-10-27T00:45:00Z", {"2024-10-28T01:30"});
}

BOOST_AUTO_TEST_CASE(intervals_follow_real_time) {
    check("hourly Europe/Berlin", "2024-10-26T23:30:00Z", {"2024-10-27T00:00", "2024-10-27T01:00", "2024-10-27T02:00"});
    check("every 15m", "2024-11-03T04:59:00Z",
          {"2024-11-03T05:00", "2024-11-03T05:15", "2024-11-03T05:30", "2024-11-03T05:45", "2024-11-03T06:00",
           "2024-11-03T06:15", "2024-11-03T06:30", "2024-11-03T06:45", "2024-11-03T07:00"});
    check("hourly Asia/Kolkata", "2024-01-01T00:00:00Z", {"2024-01-01T00:30", "2024-01-01T01:30"});
}

BOOST_AUTO_TEST_CASE(intervals_start_at_their_anchor) {
    check("every 6h from 2024-01-01T01:10:00Z", "2024-01-01T01:10:00Z", {"2024-01-01T07:10", "2024-01-01T13:10"});
    check("every 6h from 2024-01-01T01:10:00Z", "2023-12-31T20:00:00Z", {"2024-01-01T01:10"});
}

BOOST_AUTO_TEST_CASE(a_skipped_day_is_not_caught_up) {
    check("06:00 Pacific/Apia", "2011-12-28T22:00:00Z", {"2011-12-29T16:00", "2011-12-30T16:00"});
}

BOOST_AUTO_TEST_CASE(daylight_saving_goes_on_after_2037) {
    check("12:00 Europe/Berlin", "2038-06-30T10:00:00Z", {"2038-07-01T10:00"});
    check("12:00 Europe/Berlin", "2038-01-10T12:00:00Z", {"2038-01-11T11:00"});
    // 2038: the last Sundays of March and October are the 28th and the 31st.
    check("12:00 Europe/Berlin", "2038-03-27T00:00:00Z", {"2038-03-27T11:00", "2038-03-28T10:00"});
    check("12:00 Europe/Berlin", "2038-10-30T00:00:00Z", {"2038-10-30T10:00", "2038-10-31T11:00"});
    // 2100 is no leap year: 28 March is its last Sunday.
    check("12:00 Europe/Berlin", "2100-03-27T00:00:00Z", {"2100-03-27T11:00", "2100-03-28T10:00"});
    // A leap year, 2040: 25 March is the last Sunday, the first one of April is the 1st in Sydney, where it ends.
    check("12:00 Europe/Berlin", "2040-03-24T00:00:00Z", {"2040-03-24T11:00", "2040-03-25T10:00"});
    check("12:00 Australia/Sydney", "2040-03-31T00:00:00Z", {"2040-03-31T01:00", "2040-04-01T02:00"});
    check("12:00 Europe/Moscow", "2040-07-01T00:00:00Z", {"2040-07-01T09:00"});
    check("02:30 Europe/Berlin", "2038-03-27T12:00:00Z", {"2038-03-28T01:00"});
}

BOOST_AUTO_TEST_CASE(each_instant_is_later_than_the_one_before) {
    for (const auto* text :
         {"02:30 America/New_York", "hourly Australia/Lord_Howe", "every 7m", "23:59:59 Pacific/Apia"}) {
        const auto parsed = parse_schedule(text).value();
        auto time = at("2011-12-20T00:00:00Z");
        for (int step = 0; step < 1000; ++step) {
            const auto next = next_after(parsed, time);
            BOOST_TEST_REQUIRE(unix_ms(next) > unix_ms(time));
            BOOST_TEST_REQUIRE(unix_ms(next_after(parsed, next - 1ms)) == unix_ms(next));
            BOOST_TEST_REQUIRE(unix_ms(last_at_or_before(parsed, next).value()) == unix_ms(next));
            time = next;
        }
    }
}

BOOST_AUTO_TEST_CASE(refusals_name_the_expression) {
    for (const auto* text :
         {"", "every", "every 0s", "every 5x", "every 15m Europe/Berlin", "every 1h from noon", "25:00", "02:60",
          "2:30", "02:30 Europe/Berln", "02:30 UTC twice", "30 4 1,15 * 5", "*-*-31", "*-04-31", "hourly hourly"}) {
        const auto parsed = parse_schedule(text);
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST_REQUIRE(!parsed);
            BOOST_TEST(parsed.error().message.find(text) != std::string::npos);
        }
    }
    BOOST_TEST((parse_schedule("*-*-31").error().code == ErrorCode::unsupported));
}

BOOST_AUTO_TEST_SUITE_END()

#include "controller/routing/time_interval.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::routing {
namespace {

WallTime at(std::string_view text) {
    return parse_rfc3339(text).value();
}

TimeInterval daily(std::string_view begin, std::string_view end, const char* zone = nullptr) {
    TimeInterval interval;
    interval.times = {{parse_minute_of_day(begin).value(), parse_minute_of_day(end).value()}};
    if (zone != nullptr) {
        interval.zone = Zone::find(zone).value();
    }
    return interval;
}

BOOST_AUTO_TEST_SUITE(time_interval)

BOOST_AUTO_TEST_CASE(a_range_of_times_has_its_begin_and_not_its_end) {
    const auto interval = daily("09:00", "17:00");
    BOOST_TEST(!is_in(interval, at("2026-11-27T08:59:59Z")));
    BOOST_TEST(is_in(interval, at("2026-11-27T09:00:00Z")));
    BOOST_TEST(is_in(interval, at("2026-11-27T16:59:59Z")));
    BOOST_TEST(!is_in(interval, at("2026-11-27T17:00:00Z")));
    BOOST_TEST(is_in(daily("13:00", "24:00"), at("2026-11-27T23:59:59Z")));
}

// uptime-kuma#6233: 02:30-03:30 in Berlin. On 2026-03-29 02:00 becomes 03:00 at 01:00Z, on 2026-10-25 03:00 becomes
// 02:00 at 01:00Z.
BOOST_AUTO_TEST_CASE(the_days_on_which_clocks_change) {
    const auto interval = daily("02:30", "03:30", "Europe/Berlin");
    BOOST_TEST(!is_in(interval, at("2026-03-29T00:59:59Z")));
    BOOST_TEST(is_in(interval, at("2026-03-29T01:00:00Z")));
    BOOST_TEST(is_in(interval, at("2026-03-29T01:29:59Z")));
    BOOST_TEST(!is_in(interval, at("2026-03-29T01:30:00Z")));
    BOOST_TEST(!is_in(interval, at("2026-10-25T00:29:59Z")));
    for (const auto* inside : {"00:30:00", "00:59:59", "01:00:00", "01:29:59", "02:29:59"}) {
        BOOST_TEST(is_in(interval, at(fmt::format("2026-10-25T{}Z", inside))), inside);
    }
    BOOST_TEST(!is_in(interval, at("2026-10-25T02:30:00Z")));
    // A usual day: 02:30-03:30 CET is 01:30Z-02:30Z.
    BOOST_TEST(!is_in(interval, at("2026-11-27T01:29:59Z")));
    BOOST_TEST(is_in(interval, at("2026-11-27T01:30:00Z")));
    BOOST_TEST(!is_in(interval, at("2026-11-27T02:30:00Z")));
    // It ends inside the hour that comes twice: with its second coming, 02:15 CET = 01:15Z.
    BOOST_TEST(is_in(daily("01:00", "02:15", "Europe/Berlin"), at("2026-10-25T01:14:59Z")));
    BOOST_TEST(!is_in(daily("01:00", "02:15", "Europe/Berlin"), at("2026-10-25T01:15:00Z")));
}

// AM#2646
BOOST_AUTO_TEST_CASE(without_a_location_the_environment_plays_no_part) {
    const char* before = std::getenv("TZ");
    const std::string kept = before == nullptr ? "" : before;
    setenv("TZ", "Asia/Seoul", 1);
    tzset();
    const auto interval = daily("13:00", "24:00");
    BOOST_TEST(is_in(interval, at("2026-11-27T13:00:00Z")));
    BOOST_TEST(!is_in(interval, at("2026-11-27T04:00:00Z")));  // 13:00 in Seoul
    before == nullptr ? unsetenv("TZ") : setenv("TZ", kept.c_str(), 1);
    tzset();
}

BOOST_AUTO_TEST_CASE(each_part_must_hold) {
    TimeInterval interval;
    interval.weekdays = {parse_weekdays("monday:friday").value()};
    interval.months = {parse_months("november").value(), parse_months("1:2").value()};
    interval.years = {parse_years("2026:2027").value()};
    BOOST_TEST(is_in(interval, at("2026-11-27T12:00:00Z")));   // a Friday
    BOOST_TEST(!is_in(interval, at("2026-11-28T12:00:00Z")));  // a Saturday
    BOOST_TEST(!is_in(interval, at("2026-12-01T12:00:00Z")));
    BOOST_TEST(is_in(interval, at("2027-01-04T12:00:00Z")));   // a Monday
    BOOST_TEST(!is_in(interval, at("2028-01-03T12:00:00Z")));  // a Monday
    BOOST_TEST(is_in(TimeInterval{}, at("2028-01-03T12:00:00Z")));
    BOOST_TEST(!is_in_any({}, at("2028-01-03T12:00:00Z")));
}

BOOST_AUTO_TEST_CASE(negative_days_count_from_the_months_end) {
    TimeInterval interval;
    interval.days_of_month = {parse_days_of_month("-3:-1").value()};
    BOOST_TEST(!is_in(interval, at("2026-02-25T12:00:00Z")));
    BOOST_TEST(is_in(interval, at("2026-02-26T12:00:00Z")));
    BOOST_TEST(is_in(interval, at("2028-02-29T12:00:00Z")));
    interval.days_of_month = {parse_days_of_month("30:31").value()};
    BOOST_TEST(!is_in(interval, at("2026-02-28T12:00:00Z")));
    interval.days_of_month = {parse_days_of_month("28:-1").value()};
    BOOST_TEST(is_in(interval, at("2026-02-28T12:00:00Z")));
    BOOST_TEST(is_in(interval, at("2026-11-30T12:00:00Z")));
}

BOOST_AUTO_TEST_CASE(the_day_is_the_locations) {
    TimeInterval interval;
    interval.weekdays = {parse_weekdays("saturday").value()};
    interval.zone = Zone::find("Asia/Tokyo").value();
    BOOST_TEST(is_in(interval, at("2026-11-27T15:00:00Z")));  // 00:00 on Saturday, UTC+9
    BOOST_TEST(!is_in(interval, at("2026-11-27T14:59:59Z")));
}

BOOST_AUTO_TEST_CASE(mistakes_are_told) {
    for (const auto* text : {"9:00", "24:01", "12:60", "-1:00", "12.00", ""}) {
        BOOST_TEST(!parse_minute_of_day(text).has_value(), text);
    }
    BOOST_TEST(parse_minute_of_day("24:00").value() == 24 * 60);
    BOOST_TEST(parse_weekdays("friday:monday").error().message == "'friday:monday' ends before it begins");
    BOOST_TEST(!parse_weekdays("mon").has_value());
    for (const auto* text : {"0", "32", "-32", "-1:3", "5:1", "x", "-1:-3", ""}) {
        BOOST_TEST(!parse_days_of_month(text).has_value(), text);
    }
    BOOST_TEST(!parse_months("13").has_value());
    BOOST_TEST(!parse_months("march:january").has_value());
    BOOST_TEST(!parse_years("2027:2026").has_value());
    BOOST_TEST(parse_months("March").value().first == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::routing

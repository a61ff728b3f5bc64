#include "shared/core/time.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(rfc3339_round_trips) {
    // 1,700,000,000 s is 2023-11-14T22:13:20Z (date -u -d @1700000000).
    BOOST_TEST(to_rfc3339(wall_from_unix_ms(1'700'000'000'004)) == "2023-11-14T22:13:20.004Z");
    BOOST_TEST(unix_ms(parse_rfc3339("2023-11-14T22:13:20.004Z").value()) == 1'700'000'000'004);
    BOOST_TEST(unix_ms(parse_rfc3339("2023-11-14T23:13:20+01:00").value()) == 1'700'000'000'000);
}

BOOST_AUTO_TEST_CASE(rfc3339_without_zone_is_refused) {
    BOOST_TEST(!parse_rfc3339("2023-11-14T22:13:20").has_value());
    BOOST_TEST(!parse_rfc3339("yesterday").has_value());
}

BOOST_AUTO_TEST_CASE(rfc3339_of_a_day_or_time_that_does_not_exist_is_refused) {
    for (const auto* text : {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
                             "2026-11-25T24:00:00Z", "2026-11-25T00:60:00Z", "2026-11-25T00:00:00+24:00"}) {
        BOOST_TEST(!parse_rfc3339(text).has_value(), text);
    }
    BOOST_TEST(parse_rfc3339("2024-02-29T23:59:60Z").has_value());  // a leap day and a leap second
}

BOOST_AUTO_TEST_CASE(durations_are_prometheus_durations) {
    BOOST_TEST(parse_duration("1h30m").value().count() == 5'400'000);
    BOOST_TEST(parse_duration("250ms").value().count() == 250);
    BOOST_TEST(parse_duration("1w").value().count() == 604'800'000);
    BOOST_TEST(parse_duration("0").value().count() == 0);
    for (const auto* bad : {"", "5", "5x", "30m1h", "1h1h", "-5m", "1.5h", "99999999999999y"}) {
        BOOST_TEST(!parse_duration(bad).has_value(), bad);
    }
}

BOOST_AUTO_TEST_CASE(durations_format_to_what_is_read_back) {
    for (const auto ms : {0LL, 1LL, 999LL, 1'000LL, 90'000LL, 5'400'000LL, 90'061'001LL}) {
        BOOST_TEST(parse_duration(format_duration(milliseconds{ms})).value().count() == ms);
    }
    BOOST_TEST(format_duration(90s) == "1m30s");
}

BOOST_AUTO_TEST_SUITE_END()

#include "agent/logs/archives.hpp"

#include <cstdlib>
#include <ctime>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent::logs;

BOOST_AUTO_TEST_SUITE(archives)

BOOST_AUTO_TEST_CASE(numbers_are_recognised_with_and_without_gz_and_nothing_else_is) {
    BOOST_TEST(read_numbered("a.log", "a.log.12").value().order == 12);
    BOOST_TEST(read_numbered("a.log", "a.log.3.gz").value().is_compressed);
    for (const auto* other : {"a.log", "a.log.", "a.log.0", "a.log.01", "a.log.1x", "a.log-1", "b.log.1", "a.log.gz",
                              "a.log.1.gz.gz", "a.log.99999999999"}) {
        BOOST_TEST(!read_numbered("a.log", other), other);
    }
}

BOOST_AUTO_TEST_CASE(a_name_full_of_glob_characters_is_taken_literally) {
    BOOST_TEST(read_numbered("*.ex.log", "*.ex.log.1").has_value());
    BOOST_TEST(!read_numbered("*.ex.log", "other.ex.log.1"));
    BOOST_TEST(!read_dated("*.ex.log", "-%Y%m%d", "other.ex.log-20250101"));
}

BOOST_AUTO_TEST_CASE(dates_order_archives_whatever_the_order_of_their_fields) {
    const auto order = [](std::string_view name) { return read_dated("a", "-%d%m%Y", name).value().order; };
    BOOST_TEST(order("a-31122024") < order("a-01012025"));
    BOOST_TEST(order("a-01012025") < order("a-02012025.gz"));
    BOOST_TEST(!read_dated("a", "-%Y%m%d", "a-2025011"));
    BOOST_TEST(!read_dated("a", "-%Y%m%d", "a-20250110x"));
}

BOOST_AUTO_TEST_CASE(the_hour_in_a_name_is_the_local_hour) {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    // 2025-10-26T00:30Z is 02:30 summer time in Berlin, an hour later it is 02:30 again; 12:00Z is 13:00.
    const auto first = parse_rfc3339("2025-10-26T00:30:00Z").value();
    BOOST_TEST(dated_suffix("-%Y%m%d-%H%M", first) == "-20251026-0230");
    BOOST_TEST(dated_suffix("-%H", first + 11h + 30min) == "-13");
    BOOST_TEST(dated_suffix("-%s", first) != dated_suffix("-%s", first + 1h));
    unsetenv("TZ");
    tzset();
}

BOOST_AUTO_TEST_SUITE_END()

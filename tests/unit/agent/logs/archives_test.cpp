#include "agent/logs/archives.hpp"

#include <cstdlib>
#include <ctime>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent::logs;

namespace {
std::optional<ArchiveName> numbered(const std::string& log, std::string_view name) {
    return read_numbered(naming_of(Block{}, log), name);
}
std::optional<ArchiveName> dated(const std::string& log, const std::string& format, std::string_view name) {
    Block block;
    block.date_format = format;
    return read_dated(naming_of(block, log), name);
}
}  // namespace

BOOST_AUTO_TEST_SUITE(archives)

BOOST_AUTO_TEST_CASE(numbers_are_recognised_with_and_without_gz_and_nothing_else_is) {
    BOOST_TEST(numbered("a.log", "a.log.12").value().order == 12);
    BOOST_TEST(numbered("a.log", "a.log.3.gz").value().is_compressed());
    BOOST_TEST(numbered("a.log", "a.log.3.xz").value().packed == ".xz");
    for (const auto* other : {"a.log", "a.log.", "a.log.0", "a.log.01", "a.log.1x", "a.log-1", "b.log.1", "a.log.gz",
                              "a.log.1.gz.gz", "a.log.99999999999"}) {
        BOOST_TEST(!numbered("a.log", other), other);
    }
}

BOOST_AUTO_TEST_CASE(a_name_full_of_glob_characters_is_taken_literally) {
    BOOST_TEST(numbered("*.ex.log", "*.ex.log.1").has_value());
    BOOST_TEST(!numbered("*.ex.log", "other.ex.log.1"));
    BOOST_TEST(!dated("*.ex.log", "-%Y%m%d", "other.ex.log-20250101"));
}

BOOST_AUTO_TEST_CASE(dates_order_archives_whatever_the_order_of_their_fields) {
    const auto order = [](std::string_view name) { return dated("a", "-%d%m%Y", name).value().order; };
    BOOST_TEST(order("a-31122024") < order("a-01012025"));
    BOOST_TEST(order("a-01012025") < order("a-02012025.gz"));
    BOOST_TEST(dated("a", ".%Y-%m-%d%z", "a.2001-01-01-1200").has_value());
    BOOST_TEST(!dated("a", ".%Y-%m-%d%z", "a.2001-01-011200"));
    BOOST_TEST(!dated("a", "-%Y%m%d", "a-2025011"));
    BOOST_TEST(!dated("a", "-%Y%m%d", "a-20250110x"));
}

// The examples of logrotate(8).
BOOST_AUTO_TEST_CASE(extension_stays_behind_the_number_and_addextension_is_put_there) {
    Block block;
    block.extension = ".foo";
    BOOST_TEST(numbered_name(naming_of(block, "mylog.foo"), 1, ".gz") == "mylog.1.foo.gz");
    BOOST_TEST(numbered_name(naming_of(block, "mylog"), 1) == "mylog.1");
    BOOST_TEST(read_numbered(naming_of(block, "mylog.foo"), "mylog.7.foo.gz").value().order == 7);
    BOOST_TEST(!read_numbered(naming_of(block, "mylog.foo"), "mylog.foo"));
    Block adding;
    adding.add_extension = "ext";
    BOOST_TEST(numbered_name(naming_of(adding, "filename"), 1) == "filename.1ext");
    BOOST_TEST(numbered_name(naming_of(adding, "filenameext"), 1) == "filename.1ext");
}

BOOST_AUTO_TEST_CASE(start_is_the_lowest_number) {
    Block block;
    block.start = 0;
    BOOST_TEST(read_numbered(naming_of(block, "a"), "a.0").value().order == 0);
    BOOST_TEST(!read_numbered(naming_of(block, "a"), "a.00"));
    block.start = 9;
    BOOST_TEST(!read_numbered(naming_of(block, "a"), "a.8"));
    BOOST_TEST(is_archive_of(block, "a", "a.1.gz-2026112512.backup"));
    BOOST_TEST(is_archive_of(block, "a", "a.8"));  // what another start has left is no log
}

BOOST_AUTO_TEST_CASE(hourly_archives_are_called_by_the_hour_where_no_format_is_given) {
    Block block;
    BOOST_TEST(naming_of(block, "a").date_format == "-%Y%m%d");
    block.criterion = Criterion::hourly;
    BOOST_TEST(naming_of(block, "a").date_format == "-%Y%m%d%H");
}

BOOST_AUTO_TEST_CASE(yesterday_is_the_day_before_also_when_that_has_23_hours) {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    Block block;
    block.dateyesterday = true;
    const auto date = [&](std::string_view now) {
        return dated_suffix("%Y%m%d", date_of_archive(block, parse_rfc3339(now).value()));
    };
    BOOST_TEST(date("2026-03-01T12:00:00Z") == "20260228");
    BOOST_TEST(date("2025-03-30T22:30:00Z") == "20250330");  // 00:30 of the 31st; the 30th began 23.5 hours before
    block.dateyesterday = false;
    block.datehourago = true;
    BOOST_TEST(date("2025-12-31T23:30:00Z") == "20251231");                                 // 00:30 of the 1st
    BOOST_TEST(dated_suffix("%V", parse_rfc3339("2026-01-01T12:00:00Z").value()) == "01");  // ISO 8601
    unsetenv("TZ");
    tzset();
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

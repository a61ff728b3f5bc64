// Expected dates by `date -u -d @SECONDS`; those of NaN and of far years are Prometheus 2.42's answers.
#include "controller/query/dates.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

namespace vigie::controller::query {
namespace {

std::string shown(double seconds) {
    const auto date = date_of(seconds);
    return fmt::format("{}-{}-{} {}:{} day {} of year, weekday {}, {} days", date.year, date.month, date.day, date.hour,
                       date.minute, date.day_of_year, date.weekday, date.days_in_month);
}

BOOST_AUTO_TEST_SUITE(dates)

BOOST_AUTO_TEST_CASE(reads_dates_of_all_kinds_of_years) {
    BOOST_TEST(shown(0) == "1970-1-1 0:0 day 1 of year, weekday 4, 31 days");
    BOOST_TEST(shown(951782399) == "2000-2-28 23:59 day 59 of year, weekday 1, 29 days");
    BOOST_TEST(shown(951782400) == "2000-2-29 0:0 day 60 of year, weekday 2, 29 days");
    BOOST_TEST(shown(1735689599) == "2024-12-31 23:59 day 366 of year, weekday 2, 31 days");
    BOOST_TEST(shown(4107542400) == "2100-3-1 0:0 day 60 of year, weekday 1, 31 days");
    BOOST_TEST(shown(-1) == "1969-12-31 23:59 day 365 of year, weekday 3, 31 days");
    BOOST_TEST(shown(-62135596800.0) == "1-1-1 0:0 day 1 of year, weekday 1, 31 days");
}

BOOST_AUTO_TEST_CASE(cuts_fractions_off_towards_1970) {
    BOOST_TEST(date_of(59.9).minute == 0);
    BOOST_TEST(date_of(-0.9).year == 1970);
}

BOOST_AUTO_TEST_CASE(has_an_answer_for_every_number) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const double seconds : {std::nan(""), infinity, -infinity, 1e300, -1e300, 0x1p63, -0x1p63}) {
        const auto date = date_of(seconds);
        BOOST_TEST((date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= date.days_in_month));
    }
}

BOOST_AUTO_TEST_CASE(names_parts_by_their_functions) {
    BOOST_TEST(date_part("days_in_month")(date_of(951782400)) == 29);
    BOOST_TEST((date_part("abs") == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query

#include "controller/query/extremes.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

const double nan = std::nan("");

BOOST_AUTO_TEST_SUITE(extremes)

BOOST_AUTO_TEST_CASE(each_window_has_its_own) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {3, 1, 4, 1, 5, 9, 2, 6});
    BOOST_TEST(fleet.over("max_over_time(a[20s])", 20, 70, 10) == "20:4 30:4 40:5 50:9 60:9 70:9");
    BOOST_TEST(fleet.over("min_over_time(a[20s])", 20, 70, 10) == "20:1 30:1 40:1 50:1 60:2 70:2");
    BOOST_TEST(fleet.over("max_over_time(a[5s])", 0, 70, 35) == "0:3 35:1 70:6");
}

BOOST_AUTO_TEST_CASE(a_window_of_nan_only_is_nan) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {2, nan, nan, 7, nan});
    BOOST_TEST(fleet.over("max_over_time(a[10s])", 0, 40, 10) == "0:2 10:2 20:NaN 30:7 40:7");
    BOOST_TEST(fleet.over("min_over_time(a[20s])", 0, 40, 20) == "0:2 20:2 40:7");
}

// The same as looking at each window by itself, for values that rise, fall and repeat.
BOOST_AUTO_TEST_CASE(agrees_with_every_window_looked_at_alone) {
    Asked fleet;
    std::vector<double> values;
    for (int i = 0; i < 60; ++i) {
        values.push_back((i * 37) % 11 - (i % 13));
    }
    fleet.add({{"__name__", "a"}}, values);
    for (const auto* function : {"min_over_time", "max_over_time"}) {
        const auto text = fmt::format("{}(a[70s])", function);
        std::vector<std::string> alone;
        for (int64_t at = 0; at < 600; at += 15) {
            alone.push_back(fmt::format("{}:{}", at, fleet.at(text, at)));
        }
        BOOST_TEST(fleet.over(text, 0, 585, 15) == fmt::format("{}", fmt::join(alone, " ")));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests

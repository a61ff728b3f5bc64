#include "controller/query/windows.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

BOOST_AUTO_TEST_SUITE(windows)

BOOST_AUTO_TEST_CASE(finds_places_from_every_start) {
    const std::vector<int64_t> times{10, 20, 30, 40, 50, 60, 70};
    for (int64_t time = 0; time <= 80; time += 5) {
        const auto after = static_cast<size_t>(std::upper_bound(times.begin(), times.end(), time) - times.begin());
        const auto at = static_cast<size_t>(std::lower_bound(times.begin(), times.end(), time) - times.begin());
        for (size_t start = 0; start <= at; ++start) {
            BOOST_TEST(first_after(times, start, time) == after);
            BOOST_TEST(first_at(times, start, time) == at);
        }
    }
}

// Both ends belong to a window: at 30 and a range of 20 it holds 10, 20 and 30.
BOOST_AUTO_TEST_CASE(windows_include_both_ends_and_are_never_empty) {
    const std::vector<int64_t> times{10, 20, 30, 90};
    const std::vector<double> values{1, 2, 3, 9};
    const RangeSeries series{SeriesLabels(), times, values};
    const Steps steps{30, 20, 4};
    const RangeInput input{.range_ms = 20, .times = {.steps = steps}};
    std::vector<std::string> seen;
    each_window(input, series, steps, [&seen](size_t step, const Window& window) {
        seen.push_back(fmt::format("{}:{}x{}-{}", step, window.count, window.first(), window.last()));
    });
    BOOST_TEST(seen == (std::vector<std::string>{"0:3x1-3", "1:1x3-3", "3:1x9-9"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query

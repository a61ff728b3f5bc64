// Samples folded into windows. Expected values by hand.
#include "controller/sealing/windows.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

#include "controller/blocks/chunk.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
const double no_number = std::nan("");
using Samples = std::vector<WindowSample>;
}  // namespace

BOOST_AUTO_TEST_SUITE(windows)

BOOST_AUTO_TEST_CASE(each_window_keeps_five_numbers_and_the_time_of_the_last) {
    const Samples raw{window_of(299'000, 9), window_of(300'000, 2), window_of(310'000, -1), window_of(599'999, 5)};
    const Samples wanted{{299'000, 9, 9, 9, 1, 9}, {599'999, -1, 5, 6, 3, 5}};
    BOOST_TEST((fold(raw, 5min) == wanted));
    BOOST_TEST(fold({}, 5min).empty());
}

BOOST_AUTO_TEST_CASE(windows_of_windows_are_windows_of_their_samples) {
    Samples raw;
    for (int64_t i = 0; i < 1'000; ++i) {
        raw.push_back(window_of(i * 11'000, static_cast<double>(i * 7919 % 101)));
    }
    BOOST_TEST((fold(fold(raw, 5min), 60min) == fold(raw, 60min)));
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_neither_least_nor_greatest) {
    const auto one = fold(Samples{window_of(0, no_number), window_of(1, 3), window_of(2, no_number)}, 5min).front();
    BOOST_TEST(one.min == 3);
    BOOST_TEST(one.max == 3);
    BOOST_TEST(std::isnan(one.sum));
    BOOST_TEST(one.count == 3);
    BOOST_TEST(std::isnan(one.last));
    BOOST_TEST(std::isnan(fold(Samples{window_of(0, no_number)}, 5min).front().min));
}

BOOST_AUTO_TEST_CASE(a_window_that_is_made_anew_replaces_its_older_self_and_no_other) {
    const Samples older{window_of(1'000, 1), window_of(301'000, 2), window_of(601'000, 3)};
    const Samples newer{window_of(302'000, 20), window_of(901'000, 40)};
    const Samples wanted{window_of(1'000, 1), window_of(302'000, 20), window_of(601'000, 3), window_of(901'000, 40)};
    BOOST_TEST((merge_windows(older, newer, 5min) == wanted));
    BOOST_TEST((merge_windows({}, newer, 5min) == newer));
}

BOOST_AUTO_TEST_CASE(a_chunk_of_columns_is_read_at_its_times) {
    const std::vector<std::vector<double>> columns{{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}};
    const auto chunk = blocks::encode_columns(std::vector<blocks::Run>{{0, 1}, {2, 1}}, columns, 3);
    const Samples wanted{{100, 1, 3, 5, 7, 9}, {300, 2, 4, 6, 8, 10}};
    BOOST_TEST((read_windows(chunk, std::vector<int64_t>{100, 200, 300}).value() == wanted));
    BOOST_TEST((read_windows("junk", std::vector<int64_t>{100}).error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_SUITE_END()

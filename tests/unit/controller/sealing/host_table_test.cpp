// Rows into columns.
#include "controller/sealing/host_table.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {

std::string row(int64_t at, std::vector<uint64_t> series, std::vector<double> values) {
    return sample_row({.sampled_at = wall_from_unix_ms(at), .series = std::move(series), .values = std::move(values)});
}
const HostTable::Column& column(const HostTable& table, uint64_t series) {
    const auto found = std::find_if(table.columns().begin(), table.columns().end(),
                                    [series](const auto& one) { return one.series == series; });
    BOOST_REQUIRE(found != table.columns().end());
    return *found;
}
using Moments = std::vector<uint32_t>;
using Values = std::vector<double>;

}  // namespace

BOOST_AUTO_TEST_SUITE(host_table)

BOOST_AUTO_TEST_CASE(rows_of_any_order_become_columns_by_time) {
    HostTable table;
    BOOST_REQUIRE(table.add(row(30, {1, 2}, {13, 23})));
    BOOST_REQUIRE(table.add(row(10, {1, 2}, {11, 21})));
    BOOST_REQUIRE(table.add(row(20, {2, 3}, {22, 32})));
    table.turn();
    BOOST_TEST((table.times_ms() == std::vector<int64_t>{10, 20, 30}));
    BOOST_TEST((column(table, 1).moments == Moments{0, 2}));
    BOOST_TEST((column(table, 1).values == Values{11, 13}));
    BOOST_TEST((column(table, 2).moments == Moments{0, 1, 2}));
    BOOST_TEST((column(table, 3).values == Values{32}));
    BOOST_TEST(table.samples() == 6u);
}

BOOST_AUTO_TEST_CASE(of_two_values_of_one_time_the_later_row_counts_and_rows_before_blocks) {
    HostTable table;
    table.add_block({5, 10, 15}, 1, {.runs = {{0, 1}, {2, 1}}, .values = {50, 150}});
    table.add_block({5, 10, 15}, 2, {.runs = {{1, 1}}, .values = {100}});
    BOOST_REQUIRE(table.add(row(15, {1}, {1})));
    BOOST_REQUIRE(table.add(row(15, {1, 3}, {2, 3})));
    table.turn();
    BOOST_TEST((table.times_ms() == std::vector<int64_t>{5, 10, 15}));
    BOOST_TEST((column(table, 1).values == Values{50, 2}));
    BOOST_TEST((column(table, 2).moments == Moments{1}));
    BOOST_TEST((column(table, 3).moments == Moments{2}));
    BOOST_TEST(table.samples() == 4u);
}

BOOST_AUTO_TEST_CASE(a_time_of_the_block_without_series_stays) {
    HostTable table;
    table.add_block_times({5, 10});
    table.add_block({5, 10}, 1, {.runs = {{0, 1}}, .values = {50}});
    BOOST_REQUIRE(table.add(row(7, {1}, {70})));
    table.turn();
    BOOST_TEST((table.times_ms() == std::vector<int64_t>{5, 7, 10}));
    BOOST_TEST((column(table, 1).moments == Moments{0, 1}));
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_told) {
    HostTable table;
    BOOST_TEST((table.add("damaged").error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_SUITE_END()

#include "controller/query/matrix.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

namespace vigie::controller::query {
namespace {

BOOST_AUTO_TEST_SUITE(matrix)

BOOST_AUTO_TEST_CASE(no_arithmetic_makes_an_absent_value) {
    BOOST_TEST(is_absent(absent));
    BOOST_TEST(!is_absent(std::nan("")));
    volatile double value = absent;
    volatile double one = 1;
    BOOST_TEST(!is_absent(value + one));
    BOOST_TEST(!is_absent(value * one));
    BOOST_TEST(!is_absent(-value));
}

BOOST_AUTO_TEST_CASE(rows_begin_without_values_and_can_go_again) {
    Matrix matrix(2);
    matrix.add(SeriesLabels());
    matrix.add(SeriesLabels())[1] = 5;
    matrix.add(SeriesLabels())[0] = 7;
    matrix.add(SeriesLabels())[0] = 8;
    matrix.drop_last();
    matrix.drop_empty_rows();
    BOOST_REQUIRE(matrix.rows() == 2u);
    BOOST_TEST(is_absent(matrix.cell(0, 0)));
    BOOST_TEST(matrix.cell(0, 1) == 5);
    BOOST_TEST(matrix.cell(1, 0) == 7);
    matrix.reorder({1, 0});
    BOOST_TEST(matrix.cell(0, 0) == 7);
    matrix.reorder({1});
    BOOST_TEST(matrix.rows() == 1u);
    BOOST_TEST(matrix.cell(0, 1) == 5);
}

BOOST_AUTO_TEST_CASE(steps_lie_at_equal_distances) {
    const Steps steps{1'000, 500, 3};
    BOOST_TEST(steps.at(2) == 2'000);
    BOOST_TEST(steps.last_ms() == 2'000);
    BOOST_TEST(steps.only_first().count == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query

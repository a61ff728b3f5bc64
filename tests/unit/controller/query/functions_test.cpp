#include "controller/query/functions.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

BOOST_AUTO_TEST_SUITE(functions)

BOOST_AUTO_TEST_CASE(finds_functions_by_their_exact_name) {
    BOOST_TEST(find_function("rate")->name == "rate");
    BOOST_TEST(find_function("year")->name == "year");
    BOOST_TEST(find_function("abs")->name == "abs");
    BOOST_TEST((find_function("Rate") == nullptr));
    BOOST_TEST((find_function("sum") == nullptr));
    BOOST_TEST((find_function("") == nullptr));
}

BOOST_AUTO_TEST_CASE(knows_what_is_for_native_histograms) {
    BOOST_TEST(is_native_histogram_function("histogram_sum"));
    BOOST_TEST(!is_native_histogram_function("histogram_quantile"));
}

BOOST_AUTO_TEST_CASE(guesses_the_function_that_was_meant) {
    BOOST_TEST(nearest_function("irat") == "irate");
    BOOST_TEST(nearest_function("max_overtime") == "max_over_time");
    BOOST_TEST(nearest_function("completely_else") == "");
    BOOST_TEST(nearest_function(std::string(100'000, 'x')) == "");
}

BOOST_AUTO_TEST_CASE(names_types_as_the_documentation_and_the_api_do) {
    BOOST_TEST(name_of(ValueType::matrix) == "range vector");
    BOOST_TEST(api_name_of(ValueType::matrix) == "matrix");
    BOOST_TEST(name_of(ValueType::vector) == "instant vector");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query

#include "controller/store/sample_row_view.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

namespace {
constexpr WallTime at = wall_from_unix_ms(1'800'000'000'000);

std::string row_of(std::vector<uint64_t> series, std::vector<double> values) {
    return sample_row(
        {.sampled_at = at, .received_at = at + 1s, .series = std::move(series), .values = std::move(values)});
}
}  // namespace

BOOST_AUTO_TEST_SUITE(sample_row_view)

BOOST_AUTO_TEST_CASE(shows_what_the_row_holds) {
    const auto row = row_of({7, 900'000, 8}, {1.5, -2, 3e300});
    const auto view = view_sample_row(row).value();
    BOOST_TEST((view.sampled_at == at));
    BOOST_REQUIRE(view.count() == 3u);
    BOOST_TEST(view.value(0) == 1.5);
    BOOST_TEST(view.value(1) == -2);
    BOOST_TEST(view.value(2) == 3e300);
}

BOOST_AUTO_TEST_CASE(equal_ids_are_equal_bytes_and_others_are_not) {
    const auto first = row_of({1, 2}, {1, 2});
    const auto same = row_of({1, 2}, {3, 4});
    const auto other = row_of({1, 3}, {1, 2});
    BOOST_TEST(view_sample_row(first)->ids == view_sample_row(same)->ids);
    BOOST_TEST(view_sample_row(first)->ids != view_sample_row(other)->ids);
}

BOOST_AUTO_TEST_CASE(an_empty_row_has_no_values) {
    const auto row = row_of({}, {});
    BOOST_TEST(view_sample_row(row)->count() == 0u);
    BOOST_TEST(view_sample_row(row)->ids.empty());
}

BOOST_AUTO_TEST_CASE(a_row_that_was_cut_is_refused) {
    const auto row = row_of({1, 2}, {1, 2});
    // Shorter than the head, or than two ids and two values.
    for (size_t size = 0; size < row.size(); ++size) {
        BOOST_TEST(!view_sample_row(row.substr(0, size)).has_value(), size << " bytes");
    }
}

BOOST_AUTO_TEST_SUITE_END()

#include "controller/query/rows.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::query {
namespace {

struct TwoNames {
    Budget budget{Limits{}, nullptr, nullptr};
    LabelArena arena;
    Workspace workspace{budget, arena};
    std::vector<Label> a{{"__name__", "a"}, {"x", "1"}};
    std::vector<Label> b{{"__name__", "b"}, {"x", "1"}};

    Matrix matrix(double first, double second) {
        Matrix rows(2);
        rows.add(SeriesLabels(a))[0] = first;
        rows.add(SeriesLabels(b))[second == first ? 0 : 1] = second;
        return rows;
    }
};

BOOST_FIXTURE_TEST_SUITE(rows, TwoNames)

BOOST_AUTO_TEST_CASE(series_that_take_turns_become_one) {
    const auto merged = drop_names(matrix(1, 2), SameLabels::at_one_step, workspace);
    BOOST_REQUIRE(merged);
    BOOST_REQUIRE(merged->rows() == 1u);
    BOOST_TEST(merged->cell(0, 0) == 1);
    BOOST_TEST(merged->cell(0, 1) == 2);
    BOOST_TEST(merged->has_one_name);
}

BOOST_AUTO_TEST_CASE(series_that_are_there_at_once_are_refused) {
    const auto refused = drop_names(matrix(1, 1), SameLabels::at_one_step, workspace);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == ErrorCode::conflict));
    BOOST_TEST(!drop_names(matrix(1, 2), SameLabels::at_all, workspace));
}

BOOST_AUTO_TEST_CASE(repeats_one_column) {
    Matrix one(1);
    one.add(SeriesLabels(a))[0] = 5;
    const auto repeated = repeat(one, 3, workspace);
    BOOST_REQUIRE(repeated);
    BOOST_TEST(repeated->steps() == 3u);
    BOOST_TEST(repeated->cell(0, 2) == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query

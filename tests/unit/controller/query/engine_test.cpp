#include "controller/query/engine.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

class FailingSource final : public query::SeriesSource {
  public:
    Result<std::vector<query::SeriesSamples>> select(const query::Selection&) override {
        return fail(ErrorCode::corrupt, "store: a row can't be read");
    }
};

// Remembers what it was asked for.
class AskedSource final : public query::SeriesSource {
  public:
    Result<std::vector<query::SeriesSamples>> select(const query::Selection& selection) override {
        asked.push_back(fmt::format("{}..{} step {} range {}", selection.from_ms, selection.to_ms, selection.step_ms,
                                    selection.range_ms));
        return std::vector<query::SeriesSamples>{};
    }
    std::vector<std::string> asked;
};

query::Expression parsed(const std::string& text) {
    return std::move(*query::Expression::parse(text));
}

BOOST_AUTO_TEST_SUITE(engine)

BOOST_AUTO_TEST_CASE(answers_with_the_type_of_the_expression) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1, 2});
    BOOST_TEST(fleet.at("\"text\"", 0) == "text");
    BOOST_TEST(fleet.at("1", 0) == "1");
    BOOST_TEST(fleet.at("a[1m]", 10) == "a 0:1 10:2");
    BOOST_TEST(fleet.over("1", 0, 10, 10) == "0:1 10:1");
}

BOOST_AUTO_TEST_CASE(a_range_result_is_sorted_by_labels) {
    Asked fleet;
    fleet.add({{"__name__", "a"}, {"n", "1"}}, {1}).add({{"__name__", "a"}, {"n", "2"}}, {2});
    BOOST_TEST(fleet.over("sort_desc(a)", 0, 0, 10) == R"(a{n="1"} 0:1; a{n="2"} 0:2)");
    BOOST_TEST(fleet.at("sort_desc(a)", 0) == R"(a{n="2"} 2; a{n="1"} 1)");
}

BOOST_AUTO_TEST_CASE(refuses_ranges_that_are_none) {
    Asked fleet;
    BOOST_TEST(fleet.over("a[1m]", 0, 10, 1) ==
               "a range query needs a scalar or an instant vector, not a range vector");
    BOOST_TEST(fleet.over("\"a\"", 0, 10, 1) == "a range query needs a scalar or an instant vector, not a string");
    BOOST_TEST(fleet.over("a", 0, 10, 0) == "the step of a range query must be above 0");
    BOOST_TEST(fleet.over("a", 10, 0, 1) == "the end of a range query is before its start");
    BOOST_TEST(fleet.over("a", 0, 11'001, 1).find("has 11002 steps, more than 11001: use a larger step") !=
               std::string::npos);
    BOOST_TEST(fleet.over("a", 0, 11'000, 1) == "");
}

BOOST_AUTO_TEST_CASE(says_which_limit_was_met) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, std::vector<double>(100, 1));
    const query::Options few{.limits = {.samples_max = 50}};
    BOOST_TEST(fleet.at("sum_over_time(a[1h])", 1000, few) ==
               "the query needs more than 50 samples: select fewer series, a shorter time or a larger step");
    BOOST_TEST(fleet.at("sum_over_time(vector(1)[100y:1ms])", 1000).find("more than 50000000 samples") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(ends_when_it_is_told_to) {
    Asked fleet;
    const std::atomic<bool> cancelled = true;
    BOOST_TEST(fleet.at("sum_over_time(vector(1)[1d:1s])", 100'000, {.cancelled = &cancelled}) ==
               "the query was cancelled");
}

BOOST_AUTO_TEST_CASE(the_sources_error_is_the_querys) {
    FailingSource source;
    const auto refused = query::evaluate_at(parsed("a + b"), source, wall_from_unix_ms(0));
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_CASE(asks_once_for_what_is_read_twice) {
    AskedSource source;
    const auto expression = parsed("rate(a[5m]) / rate(a[5m]) + a");
    BOOST_REQUIRE(
        query::evaluate_over(expression, source, wall_from_unix_ms(1'000'000), wall_from_unix_ms(1'060'000), 15s));
    BOOST_TEST(source.asked == (std::vector<std::string>{"700000..1060000 step 15000 range 300000",
                                                         "700000..1060000 step 15000 range 0"}),
               boost::test_tools::per_element());
    const auto needs = query::needs_of(expression, wall_from_unix_ms(1'000'000), wall_from_unix_ms(1'060'000), 15s);
    BOOST_TEST(needs.size() == 3u);
    BOOST_TEST(needs[2].from_ms == 700'000);
}

BOOST_AUTO_TEST_CASE(far_times_overflow_nothing) {
    Asked fleet;
    fleet.add({{"__name__", "a"}}, {1});
    BOOST_TEST(fleet.at("a @ 9e15 offset -290y or a @ -9e15 offset 290y", 0) == "");
    BOOST_TEST(fleet.at("a", INT64_MAX / 1000 - 1) != "a 1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests

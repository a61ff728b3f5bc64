#include "controller/query/analysis.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/query/parser.hpp"

namespace vigie::controller::query {
namespace {

// "name from..to/step" in seconds of each selector, evaluated from 1000 to 1100 s in steps of 10.
std::string needs(std::string_view text, Steps steps = {1'000'000, 10'000, 11}) {
    const auto expr = parse_tree(text);
    BOOST_REQUIRE_MESSAGE(expr, text);
    const Frame frame{1'000'000, 1'100'000, 300'000, 60'000};
    std::vector<std::string> all;
    for (const auto& need : needs_of(**expr, steps, frame)) {
        all.push_back(fmt::format("{} {}..{}/{}", need.selector->name, need.from_ms / 1000, need.to_ms / 1000,
                                  need.step_ms / 1000));
    }
    return fmt::format("{}", fmt::join(all, "; "));
}

BOOST_AUTO_TEST_SUITE(analysis)

BOOST_AUTO_TEST_CASE(a_selector_looks_back_and_a_range_as_far_as_it_is_long) {
    BOOST_TEST(needs("a + rate(b[1m])") == "a 700..1100/10; b 940..1100/10");
    BOOST_TEST(needs("a", {1'000'000, 1, 1}) == "a 700..1000/0");
}

BOOST_AUTO_TEST_CASE(offset_and_at_move_what_is_read) {
    BOOST_TEST(needs("a offset 1m") == "a 640..1040/10");
    BOOST_TEST(needs("a offset -1m") == "a 760..1160/10");
    BOOST_TEST(needs("a @ 500") == "a 200..500/0");
    BOOST_TEST(needs("a[1m] @ end() offset 10s") == "a 1030..1090/0");
    BOOST_TEST(needs("a @ start()") == "a 700..1000/0");
}

// From 1000 - 100 = 900 on, at multiples of 60 s: 900, 960, 1020, 1080.
BOOST_AUTO_TEST_CASE(a_subquery_is_evaluated_at_multiples_of_its_step) {
    BOOST_TEST(needs("max_over_time(a[100s:1m])") == "a 600..1080/60");
    BOOST_TEST(needs("max_over_time(a[100s:])") == "a 600..1080/60");
    BOOST_TEST(needs("max_over_time(a[100s:1m] @ 700 offset 1m)") == "a 240..600/60");  // 540, 600
    BOOST_TEST(needs("max_over_time(a[30s:1m])", {1'000'000, 1, 1}) == "");             // no multiple in [970, 1000]
}

BOOST_AUTO_TEST_CASE(inner_steps_are_aligned_before_1970_too) {
    const auto expr = parse_tree("a[2m:1m]");
    const auto steps = inner_steps(std::get<Subquery>((*expr)->node), {-30'000, 1, 1}, {});
    BOOST_TEST(steps.first_ms == -120'000);  // the first multiple at or after -150 s
    BOOST_TEST(steps.count == 2u);
}

bool is_so(bool (*is)(const Expr&), std::string_view text) {
    return is(**parse_tree(text));
}

BOOST_AUTO_TEST_CASE(knows_what_does_not_depend_on_time) {
    BOOST_TEST(is_so(is_constant, "1 + vector(2)"));
    BOOST_TEST(!is_so(is_constant, "time()"));
    BOOST_TEST(!is_so(is_constant, "hour()"));
    BOOST_TEST(!is_so(is_constant, "a @ 5"));
    BOOST_TEST(is_so(is_same_at_each_step, "sum(rate(a[5m] @ 5)) + 1"));
    BOOST_TEST(is_so(is_same_at_each_step, "max_over_time(a[5m:1m] @ end())"));
    BOOST_TEST(!is_so(is_same_at_each_step, "a @ 5 + b"));
    BOOST_TEST(!is_so(is_same_at_each_step, "timestamp(a @ 5)"));
    BOOST_TEST(!is_so(is_same_at_each_step, "topk(scalar(b), a @ 5)"));
    BOOST_TEST(!is_so(is_same_at_each_step, "max_over_time((a @ 5)[5m:1m])"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::query

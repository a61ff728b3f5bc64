#include "controller/query/binary.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

// The errors of https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching.
struct Requests : Asked {
    Requests() {
        add({{"__name__", "errors"}, {"code", "500"}, {"method", "get"}}, {24});
        add({{"__name__", "errors"}, {"code", "404"}, {"method", "get"}}, {30});
        add({{"__name__", "errors"}, {"code", "500"}, {"method", "put"}}, {3});
        add({{"__name__", "errors"}, {"code", "500"}, {"method", "post"}}, {6});
        add({{"__name__", "requests"}, {"method", "get"}}, {600});
        add({{"__name__", "requests"}, {"method", "del"}}, {34});
        add({{"__name__", "requests"}, {"method", "post"}}, {120});
    }
};

BOOST_FIXTURE_TEST_SUITE(binary, Requests)

BOOST_AUTO_TEST_CASE(matches_one_to_one) {
    BOOST_TEST(at("errors{code=\"500\"} / ignoring(code) requests", 0) ==
               R"({method="get"} 0.04; {method="post"} 0.05)");
    BOOST_TEST(at("errors{code=\"500\"} / on(method) requests", 0) == R"({method="get"} 0.04; {method="post"} 0.05)");
    BOOST_TEST(at("errors / requests", 0) == "");
}

BOOST_AUTO_TEST_CASE(matches_many_to_one) {
    const std::string ratios =
        R"({code="404",method="get"} 0.05; {code="500",method="get"} 0.04; {code="500",method="post"} 0.05)";
    BOOST_TEST(at("errors / ignoring(code) group_left requests", 0) == ratios);
    BOOST_TEST(at("errors / on(method) group_left requests", 0) == ratios);
    BOOST_TEST(at("(requests / 1) - on(method) group_right errors{code=\"404\"}", 0) ==
               R"({code="404",method="get"} 570)");
}

BOOST_AUTO_TEST_CASE(takes_labels_from_the_one_side) {
    add({{"__name__", "info"}, {"method", "get"}, {"owner", "web"}}, {1});
    BOOST_TEST(at("errors{code=\"404\"} * on(method) group_left(owner) info", 0) ==
               R"({code="404",method="get",owner="web"} 30)");
    BOOST_TEST(at("errors{code=\"404\"} * on(method) group_left(code) info", 0) == R"({method="get"} 30)");
}

BOOST_AUTO_TEST_CASE(refuses_matches_that_are_not_asked_for) {
    BOOST_TEST(
        at("requests / on(method) errors", 0)
            .starts_with(
                R"(1:10: found duplicate series for the match group {method="get"} on the right hand-side of the operation: )"));
    BOOST_TEST(
        at("errors / on(method) requests", 0)
            .starts_with(R"(1:8: multiple matches for labels {method="get"}: many-to-one matching must be explicit)"));
    add({{"__name__", "info"}, {"method", "get"}, {"code", "same"}}, {1});
    BOOST_TEST(at("errors * on(method) group_left(code) info", 0).find("grouping labels must ensure unique matches") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(comparisons_filter_or_tell) {
    BOOST_TEST(at("requests > 100", 0) == R"(requests{method="get"} 600; requests{method="post"} 120)");
    BOOST_TEST(at("100 < requests", 0) == at("requests > 100", 0));
    BOOST_TEST(at("requests > bool 100", 0) == R"({method="del"} 0; {method="get"} 1; {method="post"} 1)");
    BOOST_TEST(at("requests > on(method) errors{code=\"404\"}", 0) == R"({method="get"} 600)");
    BOOST_TEST(at("requests > bool on(method) errors{code=\"404\"}", 0) == R"({method="get"} 1)");
    BOOST_TEST(at("requests == requests", 0) == at("requests", 0));
}

BOOST_AUTO_TEST_CASE(sets_keep_whole_series) {
    BOOST_TEST(at("requests and on(method) errors{code=\"404\"}", 0) == R"(requests{method="get"} 600)");
    BOOST_TEST(at("requests unless on(method) errors", 0) == R"(requests{method="del"} 34)");
    BOOST_TEST(at("requests{method=\"del\"} or on(method) requests", 0) ==
               R"(requests{method="del"} 34; requests{method="get"} 600; requests{method="post"} 120)");
    BOOST_TEST(at("requests and nothing", 0) == "");
    BOOST_TEST(at("requests{method=\"del\"} or nothing", 0) == R"(requests{method="del"} 34)");
}

// Partners and duplicates are those of each step, not of the whole range.
BOOST_AUTO_TEST_CASE(matches_at_each_step_anew) {
    add({{"__name__", "left"}}, {1, 1, 1});
    add({{"__name__", "right"}, {"v", "1"}}, {10, stale});
    add({{"__name__", "right"}, {"v", "2"}}, {stale, 20, stale});
    BOOST_TEST(over("left + on() right", 0, 20, 10) == "0:11 10:21");
    BOOST_TEST(over("left + on() group_left(v) right", 0, 20, 10) == R"({v="1"} 0:11; {v="2"} 10:21)");
    BOOST_TEST(over("left unless on() right", 0, 20, 10) == "left 20:1");
    BOOST_TEST(over("right or on() left", 0, 20, 10) == R"(left 20:1; right{v="1"} 0:10; right{v="2"} 10:20)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests

// Replacements follow Go's regexp.Expand; the answers are Prometheus 2.42's too (tests/judges/promql).
#include "controller/query/label_functions.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/query/asked.hpp"

namespace vigie::tests {
namespace {

struct OneHost : Asked {
    OneHost() { add({{"__name__", "up"}, {"instance", "web-1"}, {"job", "node"}}, {1}); }
    // The label `x` that a replacement of the instance's two parts makes.
    std::string replaced(const std::string& replacement, const std::string& regex = "(?P<kind>.*)-(.*)") {
        return at(
            fmt::format("sum by (x) (label_replace(up, \"x\", \"{}\", \"instance\", \"{}\"))", replacement, regex), 0);
    }
};

BOOST_FIXTURE_TEST_SUITE(label_functions, OneHost)

BOOST_AUTO_TEST_CASE(expands_groups_by_number_and_name) {
    BOOST_TEST(replaced("$2/$1") == R"({x="1/web"} 1)");
    BOOST_TEST(replaced("${kind}s") == R"({x="webs"} 1)");
    BOOST_TEST(replaced("$kinds") == "1");  // there is no group `kinds`, and an empty label is none
    BOOST_TEST(replaced("$0") == R"({x="web-1"} 1)");
    BOOST_TEST(replaced("$$ $ ${1 $-") == R"({x="$ $ ${1 $-"} 1)");
    BOOST_TEST(replaced("$7a ${7}a") == R"({x=" a"} 1)");
}

BOOST_AUTO_TEST_CASE(leaves_what_does_not_match_as_it_is) {
    BOOST_TEST(replaced("y", "web") == "1");
    BOOST_TEST(at("label_replace(up, \"job\", \"\", \"instance\", \".*\")", 0) == R"(up{instance="web-1"} 1)");
}

BOOST_AUTO_TEST_CASE(joins_labels) {
    BOOST_TEST(at("label_join(up, \"x\", \"/\", \"job\", \"none\", \"instance\")", 0) ==
               R"(up{instance="web-1",job="node",x="node//web-1"} 1)");
    BOOST_TEST(at("label_join(up, \"job\", \"-\")", 0) == R"(up{instance="web-1"} 1)");
}

BOOST_AUTO_TEST_CASE(refuses_bad_names_and_expressions) {
    BOOST_TEST(at("label_replace(up, \"a b\", \"\", \"job\", \"\")", 0) ==
               R"(1:1: label_replace: invalid destination label name "a b")");
    BOOST_TEST(
        at("label_replace(up, \"x\", \"\", \"job\", \"(\")", 0).starts_with("1:1: label_replace: invalid regular"));
    BOOST_TEST(at("label_join(up, \"x\", \"\", \"1\")", 0) == R"(1:1: label_join: invalid source label name "1")");
}

// Each of 40 levels doubles the label: some thousand GiB, were they not paid for.
BOOST_AUTO_TEST_CASE(endless_labels_meet_the_limit) {
    std::string joined = "up";
    std::string replaced = "up";
    for (int i = 0; i < 40; ++i) {
        joined = "label_join(" + joined + ", \"job\", \"\", \"job\", \"job\")";
        replaced = "label_replace(" + replaced + ", \"job\", \"$0$0\", \"job\", \".*\")";
    }
    const query::Options few{.limits = {.samples_max = 100'000}};
    BOOST_TEST(at(joined, 0, few).starts_with("the query needs more than 100000 samples"));
    BOOST_TEST(at(replaced, 0, few).starts_with("the query needs more than 100000 samples"));
}

BOOST_AUTO_TEST_CASE(series_that_become_the_same_are_refused) {
    add({{"__name__", "up"}, {"instance", "web-2"}, {"job", "node"}}, {1});
    BOOST_TEST(at("label_replace(up, \"instance\", \"x\", \"instance\", \".*\")", 0).find("same labelset") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::tests

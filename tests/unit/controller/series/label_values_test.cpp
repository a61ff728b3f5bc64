// Names and values of labels, of all series and of some.
#include "controller/series/label_values.hpp"

#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

using Texts = std::vector<std::string>;

struct Labelled : tests::Stored {
    std::vector<query::Matcher> all;
    std::vector<query::Matcher> of_web_2;

    Labelled() {
        for (uint64_t i = 1; i <= 50; ++i) {
            add_series(i, fmt::format("web-{}", i % 3), fmt::format("load{{cpu=\"{}\"}}", i % 5));
        }
        add_series(60, "web-2", "up{empty=\"\",zone=\"b\"}");
        of_web_2.push_back(query::Matcher::make("instance", query::Matcher::Kind::equal, "web-2").value());
        of_web_2.push_back(query::Matcher::make("__name__", query::Matcher::Kind::equal, "up").value());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(label_lists, Labelled)

BOOST_AUTO_TEST_CASE(names_and_values_of_all_series) {
    BOOST_TEST((label_values(store, "cpu", {.matchers = all}).value() == Texts{"0", "1", "2", "3", "4"}));
    BOOST_TEST((label_values(store, "instance", {.matchers = all}).value() == Texts{"web-0", "web-1", "web-2"}));
    BOOST_TEST((label_values(store, "__name__", {.matchers = all}).value() == Texts{"load", "up"}));
    BOOST_TEST(label_values(store, "none", {.matchers = all}).value().empty());
    BOOST_TEST(label_values(store, "empty", {.matchers = all}).value().empty());
    const auto names = label_names(store, {.matchers = all}).value();
    BOOST_TEST((names == Texts{"__name__", "cpu", "empty", "instance", "zone"}));
}

BOOST_AUTO_TEST_CASE(matchers_choose_whose) {
    BOOST_TEST((label_names(store, {.matchers = of_web_2}).value() == Texts{"__name__", "instance", "zone"}));
    BOOST_TEST((label_values(store, "zone", {.matchers = of_web_2}).value() == Texts{"b"}));
    BOOST_TEST(label_values(store, "cpu", {.matchers = of_web_2}).value().empty());
}

BOOST_AUTO_TEST_CASE(more_than_the_limit_and_no_label_at_all_are_refused) {
    BOOST_TEST(label_values(store, "cpu", {.matchers = all, .results_max = 5}).has_value());
    BOOST_TEST((label_values(store, "cpu", {.matchers = all, .results_max = 4}).error().code == ErrorCode::too_large));
    BOOST_TEST((label_names(store, {.matchers = all, .results_max = 4}).error().code == ErrorCode::too_large));
    BOOST_TEST((label_values(store, "", {.matchers = all}).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

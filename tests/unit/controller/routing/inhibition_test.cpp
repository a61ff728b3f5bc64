#include "controller/routing/inhibition.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::routing {
namespace {

Matchers matchers(std::string_view text) {
    return parse_matchers(text).value();
}

std::vector<InhibitRule> one_rule(std::string_view source, std::string_view target, std::vector<std::string> equal) {
    std::vector<InhibitRule> rules;
    rules.push_back({matchers(source), matchers(target), std::move(equal)});
    return rules;
}

BOOST_AUTO_TEST_SUITE(inhibition)

BOOST_AUTO_TEST_CASE(a_source_with_equal_labels_inhibits_while_it_fires) {
    const auto rules = one_rule("severity=critical", "severity=warning", {"alertname", "cluster"});
    Inhibitor inhibitor(rules);
    const Labels source{{"alertname", "A"}, {"cluster", "c"}, {"severity", "critical"}};
    const Labels target{{"alertname", "A"}, {"cluster", "c"}, {"severity", "warning"}};
    BOOST_TEST(!inhibitor.is_inhibited(target));
    inhibitor.set_firing(1, source);
    BOOST_TEST(inhibitor.is_inhibited(target));
    BOOST_TEST(!inhibitor.is_inhibited(source));
    auto elsewhere = target;
    elsewhere["cluster"] = "d";
    BOOST_TEST(!inhibitor.is_inhibited(elsewhere));
    inhibitor.set_firing(2, source);
    inhibitor.set_over(1, source);
    BOOST_TEST(inhibitor.is_inhibited(target));
    inhibitor.set_over(2, source);
    BOOST_TEST(!inhibitor.is_inhibited(target));
}

// "both missing" counts as equal, as the documentation of inhibit_rule says.
BOOST_AUTO_TEST_CASE(labels_that_both_lack_are_equal) {
    const auto rules = one_rule("a=1", "b=1", {"cluster"});
    Inhibitor inhibitor(rules);
    inhibitor.set_firing(1, {{"a", "1"}});
    BOOST_TEST(inhibitor.is_inhibited({{"b", "1"}}));
    BOOST_TEST(inhibitor.is_inhibited({{"b", "1"}, {"cluster", ""}}));
    BOOST_TEST(!inhibitor.is_inhibited({{"b", "1"}, {"cluster", "c"}}));
}

BOOST_AUTO_TEST_CASE(no_alert_inhibits_itself) {
    const auto rules = one_rule("a=~\".+\"", "a=~\"1|2\"", {});
    Inhibitor inhibitor(rules);
    inhibitor.set_firing(1, {{"a", "1"}});
    inhibitor.set_firing(2, {{"a", "2"}});
    BOOST_TEST(!inhibitor.is_inhibited({{"a", "1"}}));  // both are sources and targets
    inhibitor.set_firing(3, {{"a", "3"}});              // only a source
    BOOST_TEST(inhibitor.is_inhibited({{"a", "1"}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::routing

#include "controller/rules/vitals.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/rules/rule_file.hpp"

namespace vigie::controller::rules {
namespace {

constexpr WallTime at(int64_t s) {
    return wall_from_unix_ms(1'800'000'000'000 + s * 1000);
}

struct Faring {
    std::vector<RuleGroup> groups =
        parse_rule_file("groups: [{name: g, rules: [{alert: A, expr: a}]}]", "r.yml").value();
    const Rule& rule = groups[0].rules[0];
    RuleVitals vitals;
};

BOOST_FIXTURE_TEST_SUITE(rule_vitals, Faring)

BOOST_AUTO_TEST_CASE(a_beginning_that_was_not_stored_begins_again) {
    BOOST_TEST(vitals.note(rule, false, at(0), 0ns, "why") == 1);
    BOOST_TEST(vitals.note(rule, false, at(1), 0ns, "why") == 0);
    vitals.on_committed(false);
    BOOST_TEST(vitals.of(rule).failure.empty());
    BOOST_TEST(!vitals.of(rule).evaluated_at.has_value());
    BOOST_TEST(vitals.note(rule, false, at(0), 0ns, "why") == 1);
    vitals.on_committed(true);
    BOOST_TEST(vitals.note(rule, false, at(1), 0ns, "why") == 0);
}

BOOST_AUTO_TEST_CASE(an_end_that_was_not_stored_ends_again) {
    vitals.note(rule, false, at(0), 0ns, "why");
    vitals.on_committed(true);
    BOOST_TEST(vitals.note(rule, false, at(10), 0ns, "") == -1);
    vitals.on_committed(false);
    BOOST_TEST(vitals.of(rule).failure == "why");
    BOOST_TEST((vitals.of(rule).evaluated_at == at(0)));
    BOOST_TEST(vitals.note(rule, false, at(10), 0ns, "") == -1);
    vitals.on_committed(true);
    BOOST_TEST((vitals.of(rule).evaluated_at == at(10)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules

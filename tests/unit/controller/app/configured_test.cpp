#include "controller/app/configured.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Configured {
    tests::TempFolder folder;
    SystemFiles files;
    ControllerConfig config;

    void add_rules(const std::string& name, std::string_view text) {
        if (!text.empty()) {
            BOOST_REQUIRE(files.write_atomically(folder / name, text, 0600).has_value());
        }
        config.rule_files.push_back({.path = folder / name, .place = "c.yaml:7: rule_files"});
    }
};
constexpr std::string_view good = "groups:\n- name: a\n  rules:\n  - {alert: Up, expr: up == 1}\n";
}  // namespace

BOOST_FIXTURE_TEST_SUITE(configured, Configured)

BOOST_AUTO_TEST_CASE(rules_of_all_files_add_up) {
    add_rules("a.yaml", good);
    add_rules("b.yaml", good);
    BOOST_TEST(load_rules(files, config).value().groups().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_missing_or_wrong_is_named) {
    add_rules("a.yaml", good);
    add_rules("missing.yaml", "");
    BOOST_TEST(load_rules(files, config).error().message.starts_with("c.yaml:7: rule_files: "));
    config.rule_files.pop_back();
    add_rules("wrong.yaml", "groups:\n- name: a\n  rules:\n  - {alert: Up, expr: up ==}\n");
    BOOST_TEST(load_rules(files, config).error().message.find("wrong.yaml:4:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(webhooks_become_receivers) {
    config.webhooks.push_back(
        {.name = "on-call", .url = "http://127.0.0.1/x", .headers = {{"A", "b"}}, .timeout = 3s, .ca_file = {}});
    const auto receivers = receivers_of(config).value();
    BOOST_REQUIRE(receivers.size() == 1u);
    BOOST_TEST(receivers[0].name == "on-call");
    BOOST_TEST((receivers[0].timeout == 3s));
    config.webhooks[0].timeout = 1h;
    BOOST_TEST(!receivers_of(config));
}

BOOST_AUTO_TEST_SUITE_END()

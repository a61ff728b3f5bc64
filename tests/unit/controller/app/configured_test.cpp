#include "controller/app/configured.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/app/daemon.hpp"
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
    void add_routing(std::string_view text) {
        BOOST_REQUIRE(files.write_atomically(folder / "am.yml", text, 0600).has_value());
        config.alertmanager_file = {.path = folder / "am.yml", .place = "c.yaml:9: alertmanager_file"};
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
    add_rules("missing.yaml", "");
    add_rules("worse.yaml", "groups:\n- name: b\n  rules:\n  - {alert: Up, expr: up ==}\n");
    const auto all = load_rules(files, config).error().message;
    for (const auto* one : {"wrong.yaml:4:", "c.yaml:7: rule_files: ", "worse.yaml:4:"}) {
        BOOST_TEST(all.find(one) != std::string::npos, all);
    }
    BOOST_TEST(std::count(all.begin(), all.end(), '\n') == 2);
}

BOOST_AUTO_TEST_CASE(a_setting_names_one_rule_and_gives_it_what_its_file_cannot_say) {
    add_rules("a.yaml", R"(groups:
- name: a
  rules:
  - {alert: Up, expr: up == 1, labels: {severity: page}}
  - {alert: Up, expr: up == 1, labels: {severity: warning}}
  - {alert: Hot, expr: temp > 80}
- name: b
  rules: [{alert: Hot, expr: temp > 90}]
)");
    const auto set = [&](const std::string& alert, const std::string& group, const std::string& clear,
                         std::map<std::string, std::string> labels = {}) {
        RuleSettingConfig setting;
        setting.name = setting.alert = alert;
        setting.group = group;
        setting.labels = std::move(labels);
        setting.clear = clear;
        setting.is_damped = false;
        setting.place = "c.yaml:3: rule_settings";
        setting.clear_place = "c.yaml:4: clear";
        config.rule_settings = {std::move(setting)};
        return load_rules(files, config);
    };
    const auto rules = set("Hot", "b", "temp < 70").value();
    BOOST_TEST(rules.groups()[1].rules[0].clear->text() == "temp < 70");
    BOOST_TEST(!rules.groups()[1].rules[0].is_damped);
    BOOST_TEST(!rules.groups()[0].rules[2].clear.has_value());
    BOOST_TEST(rules.groups()[0].rules[2].is_damped);
    const auto labelled = set("Up", "", "up > 2", {{"severity", "warning"}}).value();
    BOOST_TEST(labelled.groups()[0].rules[1].clear.has_value());
    BOOST_TEST(set("Hot", "", "temp < 1").error().message ==
               "c.yaml:3: rule_settings: 2 alerting rules are called Hot: tell them apart by group or labels");
    BOOST_TEST(set("Cold", "", "temp < 1").error().message ==
               "c.yaml:3: rule_settings: no alerting rules are called Cold");
    BOOST_TEST(set("Hot", "a", "temp <").error().message.starts_with("c.yaml:4: clear: 1:7: "));
    BOOST_TEST(set("Hot", "a", "1").error().message == "c.yaml:4: clear: must be an instant vector, not a scalar");
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

BOOST_AUTO_TEST_CASE(receivers_of_routes_come_with_their_secrets) {
    BOOST_REQUIRE(files.write_atomically(folder / "token", "abc\nrest", 0600).has_value());
    config.webhooks.push_back({.name = "on-call", .url = "http://127.0.0.1/x", .headers = {}, .ca_file = {}});
    add_routing(std::string(R"(
route: {receiver: team}
receivers:
- name: team
  webhook_configs:
  - {url: http://127.0.0.1/a, max_alerts: 3, http_config: {basic_auth: {username: Aladdin, password: open sesame}}}
  - {url: http://127.0.0.1/b, send_resolved: false, http_config: {authorization: {credentials_file: )") +
                (folder / "token") + "}}}\n");
    const auto routing = load_routing(files, config).value();
    const auto receivers = receivers_of(files, config, routing).value();
    BOOST_REQUIRE(receivers.size() == 3u);
    BOOST_TEST(!receivers[0].is_of_file);
    BOOST_TEST(receivers[1].name == "team/0");
    BOOST_TEST(receivers[1].shown_as == "team");
    BOOST_TEST(receivers[1].is_of_file);
    BOOST_TEST(receivers[1].alerts_max == 3u);
    BOOST_TEST(receivers[1].headers.at("Authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617
    BOOST_TEST(receivers[2].headers.at("Authorization") == "Bearer abc");
    BOOST_TEST(!receivers[2].is_resolved_sent);
    config.webhooks[0].name = "team/1";
    BOOST_TEST(receivers_of(files, config, routing).error().message ==
               (folder / "am.yml") +
                   ":7: webhook_configs: the webhook 'team/1' of the controller's configuration is called as this one");
}

BOOST_AUTO_TEST_CASE(channels_come_with_their_secrets_and_templates) {
    BOOST_REQUIRE(
        files.write_atomically(folder / "slack.url", "https://hooks.example.org/T0/secret\n", 0600).has_value());
    BOOST_REQUIRE(files.write_atomically(folder / "b.tmpl", "{{ define \"own\" }}x{{ end }}", 0600).has_value());
    BOOST_REQUIRE(files.write_atomically(folder / "b.other", "{{ nonsense", 0600).has_value());
    add_routing(fmt::format(R"(
global: {{http_config: {{bearer_token: abc}}}}
templates: ['*.tmpl']
route: {{receiver: team}}
receivers:
- name: team
  webhook_configs: [{{url: 'http://127.0.0.1/a'}}]
  slack_configs: [{{api_url_file: '{0}/slack.url', title: '{{{{ template "own" . }}}}', send_resolved: true}}]
  ntfy_configs: [{{topic: t}}, {{topic: u}}]
  email_configs: [{{to: a@b, from: c@d, smarthost: 'm.example.org:25', tls_config: {{ca_file: /ca}}}}]
)",
                            folder.path()));
    const auto routing = load_routing(files, config);
    BOOST_REQUIRE_MESSAGE(routing, routing.error().message);
    const auto receivers = receivers_of(files, config, *routing);
    BOOST_REQUIRE_MESSAGE(receivers, receivers.error().message);
    std::vector<std::string> names;
    for (const auto& receiver : *receivers) {
        names.push_back(receiver.name + " " + notify::address_of(receiver.url));
    }
    BOOST_TEST(names == (std::vector<std::string>{"team/0 http://127.0.0.1/…", "team/email/0 smtp://m.example.org:25/…",
                                                  "team/slack/0 https://hooks.example.org/…",
                                                  "team/ntfy/0 https://ntfy.sh/…", "team/ntfy/1 https://ntfy.sh/…"}),
               boost::test_tools::per_element());
    BOOST_TEST((*receivers)[2].channel.text("api_url") == "https://hooks.example.org/T0/secret");
    BOOST_TEST((*receivers)[2].is_resolved_sent);
    BOOST_TEST((*receivers)[2].headers.at("Authorization") == "Bearer abc");
    BOOST_TEST((*receivers)[1].ca_file == "/ca");
    BOOST_TEST(!(*receivers)[1].is_resolved_sent);
    BOOST_TEST((*receivers)[1].headers.empty());
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_none_is_refused_and_not_told) {
    BOOST_REQUIRE(files.write_atomically(folder / "key", "\nsecret", 0600).has_value());
    const auto problem = [&](const std::string& entry) {
        add_routing("route: {receiver: team}\nreceivers:\n- name: team\n  " + entry + "\n");
        const auto routing = load_routing(files, config);
        BOOST_REQUIRE_MESSAGE(routing, routing.error().message);
        const auto receivers = receivers_of(files, config, *routing);
        return receivers ? "" : receivers.error().message;
    };
    const auto at = [&](const std::string& text) { return (folder / "am.yml") + ":4: " + text; };
    BOOST_TEST(problem("pagerduty_configs: [{routing_key_file: " + (folder / "key") + "}]") ==
               at("pagerduty_configs: routing_key_file: " + (folder / "key") + ": the first line must hold it"));
    BOOST_TEST(problem("opsgenie_configs: [{api_key: \"a\\nb\"}]") ==
               at("opsgenie_configs: api_key: must be one line of text"));
    BOOST_REQUIRE(files.write_atomically(folder / "key", "secret-words", 0600).has_value());
    BOOST_TEST(problem("slack_configs: [{api_url_file: " + (folder / "key") + "}]") ==
               at("slack_configs: slack 'team/slack/0': url: must be a URL such as https://host/path"));
    BOOST_TEST(problem("pagerduty_configs: [{routing_key_file: /none/key}]").starts_with(at("pagerduty_configs: ")));
}

BOOST_AUTO_TEST_CASE(what_a_receiver_could_never_send_is_refused) {
    BOOST_REQUIRE(files.write_atomically(folder / "empty", "\n", 0600).has_value());
    const auto problem = [&](const std::string& entry, const std::string& templates = "") {
        add_routing(templates + "route: {receiver: team}\nreceivers:\n- name: team\n  " + entry + "\n");
        const auto routing = load_routing(files, config);
        if (!routing) {
            return routing.error().message;
        }
        const auto receivers = receivers_of(files, config, *routing);
        return receivers ? "" : receivers.error().message;
    };
    const auto at = [&](const std::string& text) { return (folder / "am.yml") + ":4: " + text; };
    const auto mail = [&](const std::string& keys) {
        return problem("email_configs: [{smarthost: 'm:25', " + keys + "}]");
    };
    BOOST_TEST(mail("to: 'Ops <a@b>, c@d', from: a@b") == "");
    BOOST_TEST(mail("to: '{{ .CommonLabels.owner }}', from: a@b") == "");
    BOOST_TEST(mail("to: ops, from: a@b") == at("email_configs: to: 'ops' is no mail address"));
    BOOST_TEST(mail("to: ' , ', from: a@b") == at("email_configs: to: names nobody"));
    BOOST_TEST(mail("to: a@b, from: 'a@b, c@d'") == at("email_configs: from: must be one address"));
    const auto webhook = [&](const std::string& http) {
        return problem("webhook_configs:\n  - {url: 'http://127.0.0.1/a', http_config: {" + http + "}}");
    };
    const auto empty = folder / "empty";
    BOOST_TEST(webhook("basic_auth: {username: u, password_file: '" + empty + "'}") ==
               (folder / "am.yml") + ":5: webhook_configs: password_file: " + empty + ": the first line must hold it");
    BOOST_TEST(webhook("authorization: {credentials_file: '" + empty + "'}") ==
               (folder / "am.yml") + ":5: webhook_configs: credentials_file: " + empty +
                   ": the first line must hold it");
    for (const auto* pattern : {"own?.tmpl", "own[ab].tmpl", "*own*.tmpl", "*/own.tmpl"}) {
        BOOST_TEST(problem("ntfy_configs: [{topic: t}]", fmt::format("templates: ['{}']\n", pattern)) ==
                   fmt::format("{}: templates: '{}' is not supported: a path may have one '*', in its last part",
                               folder / "am.yml", pattern));
    }
}

BOOST_AUTO_TEST_CASE(all_faults_of_rule_files_and_of_other_parts_are_told_at_once) {
    const auto rules = folder / "bad.yml";
    const auto more = folder / "worse.yml";
    add_rules("bad.yml", "groups:\n- name: g\n  rules:\n  - {alert: A, exp: up}\n  - {alert: B, expr: 'up >'}\n");
    add_rules("worse.yml", "groups: 1\n");
    config.log_level = "lound";
    add_routing("route: {receiver: a}\nreceivers: [{name: ab}]\n");
    const auto message = check_config(files, config).error().message;
    for (const auto& part :
         {rules + ":4:", rules + ":5:", more + ":1:", std::string("did you mean 'ab'?"), std::string("lound")}) {
        BOOST_TEST(message.find(part) != std::string::npos, part << " in " << message);
    }
    BOOST_TEST(load_rules(files, config).error().message.find(more) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(all_faults_of_the_routes_are_told) {
    BOOST_TEST(!load_routing(files, config)->root.has_value());  // none are named
    add_routing("route: {receiver: a}\nreceivers: [{nam: b}]\n");
    BOOST_TEST(load_routing(files, config).error().message ==
               fmt::format("{0}:1:19: route: there is no receiver 'a'\n"
                           "{0}:2:13: a receiver needs a name\n"
                           "{0}:2:14: unknown key 'nam', did you mean 'name'?",
                           folder / "am.yml"));
    config.alertmanager_file->path = folder / "none.yml";
    BOOST_TEST(load_routing(files, config).error().message.starts_with("c.yaml:9: alertmanager_file: "));
}

BOOST_AUTO_TEST_CASE(a_heartbeat_is_an_alert_that_always_fires) {
    BOOST_TEST(!heartbeat_of(config, "", WallTime{}).value().has_value());
    config.external_labels = {{"cluster", "eu"}};
    config.heartbeat = HeartbeatConfig{.url = "https://hc.example.org/secret", .headers = {{"A", "b"}}};
    const auto request = heartbeat_of(config, "http://vigie", WallTime{}).value().value();
    BOOST_TEST(request.url == "https://hc.example.org/secret");
    BOOST_TEST(request.headers == std::vector<std::string>{"A: b"}, boost::test_tools::per_element());
    BOOST_TEST(request.body.find(R"("labels":{"alertname":"Watchdog","cluster":"eu","severity":"none"})") !=
               std::string::npos);
    config.heartbeat->method = "GET";
    BOOST_TEST(heartbeat_of(config, "", WallTime{}).value().value().body.empty());
    config.heartbeat->timeout = 1ms;
    config.heartbeat->place = "c.yaml:3: heartbeat";
    BOOST_TEST(heartbeat_of(config, "", WallTime{}).error().message.starts_with("c.yaml:3: heartbeat: "));
}

BOOST_AUTO_TEST_SUITE_END()

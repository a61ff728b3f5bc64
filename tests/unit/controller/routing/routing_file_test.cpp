#include "controller/routing/routing_file.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::routing {
namespace {

std::vector<std::string> faults_of(std::string_view text) {
    std::vector<std::string> faults;
    for (const auto& fault : read_routing_file(text, "a.yml").faults) {
        faults.push_back(fault.text());
    }
    return faults;
}
using Texts = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(routing_file)

BOOST_AUTO_TEST_CASE(reads_a_whole_file) {
    const auto routing = parse_routing_file(R"(
global:
  resolve_timeout: 5m
  smtp_smarthost: mail:25
  slack_api_url: https://hooks.slack.com/x
templates: ['/etc/alertmanager/*.tmpl']
route: {receiver: hook, group_wait: 0s, routes: [{receiver: quiet, match: {severity: info}, active_time_intervals: [work]}]}
inhibit_rules:
- source_match: {severity: critical}
  target_match_re: {severity: 'warning|info'}
  target_matchers: ['team!=""']
  equal: [alertname]
receivers:
- name: hook
  webhook_configs:
  - url: https://hooks.example.org/x
    send_resolved: false
    max_alerts: 10
    http_config: {basic_auth: {username: u, password_file: /etc/p}, follow_redirects: true, proxy_url: 'http://p:3128', tls_config: {ca_file: /ca.pem, cert_file: /c.pem, key_file: /k.pem}}
  - url_file: /etc/vigie/hook
    http_config: {authorization: {credentials: abc}}
- name: quiet
mute_time_intervals: [{name: night, time_intervals: [{times: [{start_time: '00:00', end_time: '06:00'}]}]}]
time_intervals:
- name: work
  time_intervals:
  - {weekdays: ['monday:friday'], days_of_month: ['1:-1'], months: [may], years: ['2026'], location: Europe/Berlin}
  - {}
)",
                                            "a.yml")
                             .value();
    BOOST_TEST(routing.root->options.receiver == "hook");
    BOOST_TEST((routing.root->options.group_wait == 0ms));
    BOOST_REQUIRE(routing.inhibit_rules.size() == 1U);
    BOOST_TEST(text_of(routing.inhibit_rules[0].source) == R"({severity="critical"})");
    BOOST_TEST(text_of(routing.inhibit_rules[0].target) == R"({severity=~"^(?:warning|info)$",team!=""})");
    BOOST_REQUIRE(routing.receivers.size() == 2U);
    BOOST_REQUIRE(routing.receivers[0].webhooks.size() == 2U);
    const auto& first = routing.receivers[0].webhooks[0];
    BOOST_TEST(!first.is_resolved_sent);
    BOOST_TEST(first.alerts_max == 10U);
    BOOST_TEST(first.user == "u");
    BOOST_TEST(first.password_file == "/etc/p");
    BOOST_TEST(first.ca_file == "/ca.pem");
    BOOST_TEST(first.transport.cert_file == "/c.pem");
    BOOST_TEST(first.transport.key_file == "/k.pem");
    BOOST_TEST(first.transport.proxy_url == "http://p:3128");
    BOOST_TEST(first.transport.is_redirected);
    BOOST_TEST(routing.receivers[0].webhooks[1].url_file == "/etc/vigie/hook");
    BOOST_TEST(routing.receivers[0].webhooks[1].credentials == "abc");
    BOOST_TEST(routing.receivers[1].webhooks.empty());
    BOOST_TEST(routing.intervals.size() == 2U);
    BOOST_TEST(routing.intervals.at("work").size() == 2U);
    BOOST_TEST(routing.intervals.at("work")[0].zone->name() == "Europe/Berlin");
}

BOOST_AUTO_TEST_CASE(global_http_settings_hold_where_a_webhook_has_none) {
    const auto routing = parse_routing_file(R"(
global: {http_config: {authorization: {type: Token, credentials: all}}}
route: {receiver: r}
receivers: [{name: r, webhook_configs: [{url: 'http://a/'}, {url: 'http://b/', http_config: {bearer_token: own}}]}]
)",
                                            "a.yml")
                             .value();
    BOOST_TEST(routing.receivers[0].webhooks[0].authorization_type == "Token");
    BOOST_TEST(routing.receivers[0].webhooks[0].credentials == "all");
    BOOST_TEST(routing.receivers[0].webhooks[1].authorization_type == "Bearer");
    BOOST_TEST(routing.receivers[0].webhooks[1].credentials == "own");
}

BOOST_AUTO_TEST_CASE(channels_that_are_not_sent_are_refused_by_name_and_place) {
    BOOST_TEST(faults_of(R"(
route: {receiver: team}
receivers:
- name: team
  email_configs: []
  wechat_configs:
  - to_user: x
)") == Texts{"a.yml:7:5: receiver 'team': wechat_configs is not supported"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_channel_that_is_written_as_no_list_is_not_passed_over) {
    BOOST_TEST(faults_of(R"(
route: {receiver: team}
receivers:
- name: team
  slack_configs: {channel: x}
)")
                   .size() == 1u);
}

BOOST_AUTO_TEST_CASE(names_that_no_label_has_are_faults) {
    BOOST_TEST(faults_of(R"(
route:
  receiver: team
  group_by: ['a b']
  routes:
  - match: {"team ": x}
receivers:
- name: team
inhibit_rules:
- equal: ['1']
)") == (Texts{"a.yml:4:14: group_by: 'a b' is no label's name", "a.yml:6:13: match: 'team ' is no label's name",
              "a.yml:10:11: equal: '1' is no label's name"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_receiver_that_is_missing_is_told_where_it_is_named) {
    BOOST_TEST(faults_of(R"(
route:
  receiver: nobody
  routes:
  - match: {a: b}
  - match: {a: c}
receivers: []
)")
                   .size() == 1u);
}

BOOST_AUTO_TEST_CASE(every_fault_is_told_with_its_place) {
    BOOST_TEST(faults_of(R"(
rout: {}
route:
  group_by: ['...', a]
  repeat_interval: 0s
  matchers: [a=b]
  routes:
  - receiver: none
    mute_time_intervals: [never]
    match_re: {a: '('}
    matchers: [b]
receivers: [{name: r}, {name: r, webhook_configs: [{url: ftp://x, http_config: {proxy_url: p}}, {}]}]
time_intervals: [{name: n, time_intervals: [{times: [{start_time: '9', end_time: '10:00'}], location: Nowhere}]}]
)") == (Texts{
           "a.yml:2:1: unknown key 'rout', did you mean 'route'?",
           "a.yml:4: the first route needs a receiver",
           "a.yml:4:13: group_by: '...' stands for all labels, so nothing else goes with it",
           "a.yml:5:20: repeat_interval: must not be zero",
           "a.yml:6:13: matchers: the first route takes every alert at all times, so it has none",
           "a.yml:8: route: there is no time interval 'never'",
           "a.yml:8:15: route: there is no receiver 'none'",
           "a.yml:10:19: match_re: regular expression of label 'a': missing ): ^(?:()$",
           "a.yml:11:16: matchers: 'b' is no matcher: write it as name=\"value\", with =, !=, =~ or !~",
           "a.yml:12:24: receiver 'r' stands twice",
           "a.yml:12:58: url: must begin with https:// or http://",
           "a.yml:12:92: proxy_url: must begin with http://, https:// or socks5://, and name a host",
           "a.yml:12:97: webhook_configs: give either url or url_file",
           "a.yml:13:67: start_time: '9' is no time of day such as 09:30 or 24:00",
           "a.yml:13:103: location: time zone 'Nowhere' is not in /usr/share/zoneinfo: write it as Europe/Berlin "
           "or UTC",
       }),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_that_is_misspelt_is_told_with_the_one_that_was_meant) {
    BOOST_TEST(faults_of(R"(
route:
  receiver: team
  routes:
  - {matchers: [a=b], receiver: on-cal, mute_time_intervals: [night]}
receivers: [{name: team}, {name: on-call}]
time_intervals: [{name: nights, time_intervals: [{}]}]
)") == (Texts{"a.yml:5: route: there is no time interval 'night', did you mean 'nights'?",
              "a.yml:5:33: route: there is no receiver 'on-cal', did you mean 'on-call'?"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_without_routes_or_that_is_no_yaml_is_refused) {
    BOOST_TEST(parse_routing_file("receivers: []", "a.yml").error().message == "a.yml:1:1: key 'route' is missing");
    BOOST_TEST(!parse_routing_file("route: [", "a.yml").has_value());
    BOOST_TEST(!parse_routing_file("", "a.yml").has_value());
    BOOST_TEST(faults_of("route: {receiver: r, group_wait: soon}\nreceivers: [{name: r}]").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::routing

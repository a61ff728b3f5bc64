// Channels of receivers: the keys of Alertmanager's configuration documentation, and what is refused.
#include <boost/test/unit_test.hpp>

#include "controller/routing/channel_schema.hpp"
#include "controller/routing/default_templates.hpp"
#include "controller/routing/routing_file.hpp"

namespace vigie::controller::routing {
namespace {

using Texts = std::vector<std::string>;

std::string file_of(const std::string& entry, const std::string& global = "{}") {
    return "global: " + global + "\nroute: {receiver: team}\nreceivers:\n- name: team\n  " + entry + "\n";
}
Texts faults_of(const std::string& entry, const std::string& global = "{}") {
    Texts texts;
    for (const auto& fault : read_routing_file(file_of(entry, global), "a.yml").faults) {
        texts.push_back(fault.text());
    }
    return texts;
}
ChannelConfig first_of(const std::string& entry, const std::string& global = "{}") {
    const auto routing = parse_routing_file(file_of(entry, global), "a.yml");
    BOOST_REQUIRE_MESSAGE(routing, routing.error().message);
    return routing->receivers.at(0).channels.at(0);
}

BOOST_AUTO_TEST_SUITE(routing_channels)

BOOST_AUTO_TEST_CASE(every_kind_is_read_with_alertmanagers_defaults) {
    const auto routing = parse_routing_file(file_of(R"(
  email_configs: [{to: a@b, from: c@d, smarthost: 'm:25'}]
  slack_configs: [{api_url_file: /etc/slack.url}]
  discord_configs: [{webhook_url: 'https://d/x'}]
  pagerduty_configs: [{routing_key: k}]
  opsgenie_configs: [{api_key: k}]
  telegram_configs: [{bot_token: t, chat_id: -5}]
  ntfy_configs: [{topic: t}]
  matrix_configs: [{homeserver_url: 'https://m', access_token: t, room_id: '!a:b'}]
  alertmanager_configs: [{url: 'https://a'}])"),
                                            "a.yml")
                             .value();
    Texts kinds;
    Texts told_of_ends;
    for (const auto& channel : routing.receivers[0].channels) {
        kinds.push_back(channel.kind);
        if (channel.is_resolved_sent) {
            told_of_ends.push_back(channel.kind);
        }
    }
    BOOST_TEST(kinds == (Texts{"email", "slack", "discord", "pagerduty", "opsgenie", "telegram", "ntfy", "matrix",
                               "alertmanager"}),
               boost::test_tools::per_element());
    BOOST_TEST(
        told_of_ends == (Texts{"discord", "pagerduty", "opsgenie", "telegram", "ntfy", "matrix", "alertmanager"}),
        boost::test_tools::per_element());
    const auto& email = routing.receivers[0].channels[0];
    BOOST_TEST(email.text("hello") == "localhost");
    BOOST_TEST(email.is_set("require_tls"));
    BOOST_TEST(email.place == "a.yml:6: email_configs");
    const auto& slack = routing.receivers[0].channels[1];
    BOOST_TEST(slack.secret_files.at("api_url") == "/etc/slack.url");
    BOOST_TEST(check_includes(routing).has_value());
}

BOOST_AUTO_TEST_CASE(global_holds_where_the_entry_is_silent) {
    const auto* global =
        "{smtp_smarthost: 'm.example.org:587', smtp_from: g@b, smtp_auth_username: u, "
        "smtp_auth_password_file: /etc/p, smtp_hello: h, smtp_require_tls: false}";
    const auto* tls_off_needs_this_machine =
        "a.yml:5:19: require_tls: must be true where a password is sent, unless the "
        "smarthost is this machine";
    BOOST_TEST(faults_of("email_configs: [{to: a@b}]", global) == Texts{tls_off_needs_this_machine},
               boost::test_tools::per_element());
    const auto email = first_of("email_configs: [{to: a@b, require_tls: true, from: own@b}]", global);
    BOOST_TEST(email.text("smarthost") == "m.example.org:587");
    BOOST_TEST(email.templates.at("from").text() == "own@b");
    BOOST_TEST(email.text("auth_username") == "u");
    BOOST_TEST(email.secret_files.at("auth_password") == "/etc/p");
    BOOST_TEST(first_of("slack_configs: [{}]", "{slack_api_url: 'https://s/x'}").text("api_url") == "https://s/x");
    BOOST_TEST(
        first_of("ntfy_configs: [{topic: t}]", "{http_config: {authorization: {credentials: c}}}").http.credentials ==
        "c");
}

BOOST_AUTO_TEST_CASE(faults_name_file_line_and_key) {
    BOOST_TEST(faults_of("slack_configs: [{chanel: x}]") ==
                   (Texts{"a.yml:5:19: slack_configs: needs api_url, or slack_api_url in global",
                          "a.yml:5:20: unknown key 'chanel', did you mean 'channel'?"}),
               boost::test_tools::per_element());
    BOOST_TEST(faults_of("slack_configs: [{api_url: 'https://a', title: 'x {{ .Status | nope }}'}]") ==
                   Texts{"a.yml:5:65: title: template: function 'nope' is not defined"},
               boost::test_tools::per_element());
    BOOST_TEST(faults_of("slack_configs: [{api_url: a, api_url_file: b}]") ==
                   Texts{"a.yml:5:46: slack_configs: give either api_url or api_url_file"},
               boost::test_tools::per_element());
    BOOST_TEST(faults_of("discord_configs: [{webhook_url: ftp://x}]") ==
                   Texts{"a.yml:5:35: webhook_url: must begin with https:// or http://"},
               boost::test_tools::per_element());
    BOOST_TEST(faults_of("pagerduty_configs: [{service_key: k}]") ==
                   (Texts{"a.yml:5:23: pagerduty_configs: needs routing_key",
                          "a.yml:5:37: pagerduty_configs: service_key is not supported"}),
               boost::test_tools::per_element());
    BOOST_TEST(faults_of("telegram_configs: [{bot_token: t, chat_id: team, parse_mode: html}]").size() == 1U);
    BOOST_TEST(faults_of("telegram_configs: [{bot_token: t, chat_id: 9223372036854775808}]").size() == 1U);  // 2^63
    BOOST_TEST(faults_of("telegram_configs: [{bot_token: t, chat_id: 5, parse_mode: html}]") ==
                   Texts{"a.yml:5:61: parse_mode: must be HTML, MarkdownV2, Markdown or empty"},
               boost::test_tools::per_element());
    BOOST_TEST(faults_of("matrix_configs: [{homeserver_url: 'https://m', access_token: t, room_id: '#a:b'}]").size() ==
               1U);
    BOOST_TEST(faults_of("slack_configs: [{api_url: 'https://a', fields: [{titel: x}]}]") ==
                   Texts{"a.yml:5:52: unknown key 'titel', did you mean 'title'?"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(mail_that_could_not_be_sent_or_would_tell_a_password_is_refused) {
    const auto of = [](const std::string& keys) {
        return faults_of("email_configs: [{to: a@b, from: c@d, smarthost: '" + keys + "}]");
    };
    BOOST_TEST(of("m:25'").empty());
    BOOST_TEST(of("m:25', auth_username: u, auth_password: p").empty());
    BOOST_TEST(of("127.0.0.1:25', auth_username: u, auth_password: p, require_tls: false").empty());
    BOOST_TEST(of("m:465', auth_username: u, auth_password: p, require_tls: false").empty());
    BOOST_TEST(of("m'").at(0).ends_with("smarthost: must be host:port, such as mail.example.org:587"));
    BOOST_TEST(of("m/x:25'").size() == 1U);
    BOOST_TEST(of("m:25', auth_username: u, auth_password: p, require_tls: false").size() == 1U);
    BOOST_TEST(
        of("m:25', auth_username: u").at(0).ends_with("auth_username: needs auth_password or auth_password_file"));
    BOOST_TEST(of("m:25', auth_secret: s").at(0).ends_with("email_configs: auth_secret is not supported"));
    BOOST_TEST(of("m:25', hello: 'a b'").size() == 1U);
    BOOST_TEST(of("m:25', headers: {Message-ID: x}").at(0).ends_with("headers: Message-ID cannot be set"));
    BOOST_TEST(of("m:25', headers: {'a: b': x}").size() == 1U);
    BOOST_TEST(of("m:25', tls_config: {insecure_skip_verify: true}")
                   .at(0)
                   .ends_with("tls_config: insecure_skip_verify is not supported"));
}

BOOST_AUTO_TEST_CASE(a_password_goes_with_a_user_and_to_this_machine_only_by_its_address) {
    const auto of = [](const std::string& keys, const std::string& global = "{}") {
        const auto faults = faults_of("email_configs: [{to: a@b, from: c@d, " + keys + "}]", global);
        return faults.empty() ? "" : faults.front();
    };
    BOOST_TEST(of("smarthost: 'm:25'", "{smtp_auth_username: u, smtp_auth_secret: s}") ==
               "a.yml:1:51: email_configs: smtp_auth_secret in global is not supported");
    BOOST_TEST(of("smarthost: 'm:25', auth_username: ''", "{smtp_auth_username: u, smtp_auth_password: p}") == "");
    BOOST_TEST(of("smarthost: 'm:25', auth_password: p").ends_with(": auth_password: needs auth_username"));
    BOOST_TEST(of("smarthost: 'm:25', auth_password_file: /p").ends_with(": auth_password_file: needs auth_username"));
    BOOST_TEST(of("smarthost: 'm:25'", "{smtp_auth_username: u}")
                   .ends_with("auth_username: needs auth_password or auth_password_file"));
    const std::string login = ":25', auth_username: u, auth_password: p, require_tls: false";
    BOOST_TEST(of("smarthost: '127.0.0.2" + login) == "");
    BOOST_TEST(of("smarthost: '127.evil.example" + login).find(": require_tls: must be true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(responders_that_opsgenie_would_refuse_are_faults) {
    const auto of = [](const std::string& responder) {
        const auto faults = faults_of("opsgenie_configs: [{api_key: k, responders: [" + responder + "]}]");
        return faults.empty() ? "" : faults.front();
    };
    BOOST_TEST(of("{name: Ops, type: Team}") == "");
    BOOST_TEST(of("{name: 'a, b', type: teams}") == "");
    BOOST_TEST(of("{id: '1', type: '{{ .Status }}'}") == "");
    const std::string types = "a.yml:5:48: responders: type: must be team, teams, user, escalation or schedule";
    BOOST_TEST(of("{name: Ops}") == types);
    BOOST_TEST(of("{name: Ops, type: group}") == types);
    BOOST_TEST(of("{type: team}") == "a.yml:5:48: responders: needs an id, a name or a username");
    BOOST_TEST(of("{id: '1', type: teams}") == "a.yml:5:48: responders: teams: needs a name, such as 'a, b'");
}

BOOST_AUTO_TEST_CASE(templates_of_files_can_be_included) {
    auto routing = parse_routing_file(
                       file_of("slack_configs: [{api_url: 'https://a', title: '{{ template \"own\" . }}'}]"), "a.yml")
                       .value();
    BOOST_TEST(check_includes(routing).error().message == "a.yml:5: slack_configs: title: there is no template 'own'");
    BOOST_TEST(add_definitions(routing, "\n{{ define \"own\" }}{{ .Statu", "own.tmpl").error().message ==
               "own.tmpl:2:19: template: '{{' is not closed");
    BOOST_REQUIRE(add_definitions(routing, "{{ define \"own\" }}{{ .Status }}{{ end }}", "own.tmpl").has_value());
    BOOST_TEST(check_includes(routing).has_value());
}

BOOST_AUTO_TEST_CASE(every_default_text_is_a_template_that_is_there) {
    for (const auto& kind : channel_kinds()) {
        for (const auto& key : kind.keys) {
            if (key.kind == KeyKind::templated) {
                const auto text = rules::Template::parse(key.fallback, rules::templates::Dialect::alertmanager);
                BOOST_REQUIRE_MESSAGE(text, kind.name << " " << key.name);
                BOOST_TEST(!text->missing_in(default_definitions()).has_value(), kind.name << " " << key.name);
            }
        }
    }
    BOOST_TEST(secret_keys("telegram") == Texts{"bot_token"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::routing

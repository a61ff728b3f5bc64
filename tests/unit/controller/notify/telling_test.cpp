// The texts of messages: what they fall back to, how large they may be, and the key that names them.
#include "controller/notify/channels/telling.hpp"

#include "controller/notify/channels/channels.hpp"
#include "tests/unit/controller/notify/channel_world.hpp"

namespace vigie::controller::notify {
namespace {

struct Kind {
    const char* entry;
    const char* text;  // where the alerts stand in the body; "": in all of it
};
constexpr std::array<Kind, 9> kinds{{
    {"slack_configs: [{api_url: 'https://a/b'}]", "/attachments/0/text"},
    {"discord_configs: [{webhook_url: 'https://a/b'}]", "/embeds/0/description"},
    {"pagerduty_configs: [{routing_key: r}]", "/payload/custom_details/alerts"},
    {"opsgenie_configs: [{api_key: k}]", "/description"},
    {"telegram_configs: [{bot_token: t, chat_id: 1}]", "/text"},
    {"ntfy_configs: [{topic: t}]", "/message"},
    {"matrix_configs: [{homeserver_url: 'https://m', access_token: s, room_id: '!a:b'}]", "/body"},
    {"alertmanager_configs: [{url: 'https://a'}]", "/999/labels/alertname"},
    {"email_configs: [{to: a@b, from: a@b, smarthost: 'm:25'}]", ""},
}};

std::string text_of(ChannelWorldOf& world, const Kind& kind) {
    const auto request = world.request();
    return *kind.text == '\0' ? request.body : text_at(nlohmann::json::parse(request.body), kind.text);
}

void define(ChannelWorldOf& world, const std::string& text) {
    const auto added = routing::add_definitions(world.routing, text, "own.tmpl");
    BOOST_REQUIRE_MESSAGE(added, added.error().message);
}

BOOST_AUTO_TEST_SUITE(telling)

BOOST_AUTO_TEST_CASE(a_thousand_alerts_are_told_of_by_every_kind) {
    for (const auto& kind : kinds) {
        ChannelWorldOf world(kind.entry);
        world.message.alerts.clear();
        for (int i = 0; i < 1'000; ++i) {
            auto one = ChannelWorldOf::alert(fmt::format("web-{}", i), false);
            one.annotations["description"] = std::string(400, 'd');  // 400 KB in all: more than a text may have
            for (int label = 0; label < 20; ++label) {
                one.labels[fmt::format("label_{}", label)] = "x";
            }
            world.message.alerts.push_back(std::move(one));
        }
        const auto text = text_of(world, kind);
        BOOST_TEST(world.failures.empty(), kind.entry << ": " << (world.failures.empty() ? "" : world.failures[0]));
        BOOST_TEST(text.find("DiskFull") != std::string::npos, kind.entry);
        BOOST_TEST((*kind.text != '\0' || text.size() > 200'000U), kind.entry);
    }
}

BOOST_AUTO_TEST_CASE(a_key_that_is_long_or_has_other_characters_is_hashed) {
    const auto short_key = [](const std::string& key) {
        const ChannelWorldOf world("ntfy_configs: [{topic: t}]");
        const ChannelWorld common{world.routing.definitions, ""};
        return Telling(world.receiver, world.message, key, common, WallTime{}).short_key();
    };
    BOOST_TEST(short_key("0123456789abcdef-1_Z") == "0123456789abcdef-1_Z");
    BOOST_TEST(short_key(std::string(60, 'a')) == std::string(60, 'a'));
    BOOST_TEST(short_key(std::string(61, 'a')) == "35d5fc17cfbbadd00f5e710ada39f194");  // sha256sum
    BOOST_TEST(short_key("a%2F") == "58040ac1ffe4654472e904b8842dc47e");
}

BOOST_AUTO_TEST_CASE(alertmanagers_names_may_be_defined_anew) {
    const auto text_with = [](const char* entry, const std::string& definitions, const char* at) {
        ChannelWorldOf world(entry);
        define(world, definitions);
        auto text = text_of(world, {entry, at});
        BOOST_TEST(world.failures.empty());
        return text;
    };
    const auto own = [](const std::string& name) { return "{{ define \"" + name + "\" }}own{{ end }}"; };
    const auto all_of = [&](const Kind& kind, const std::string& name, const char* at) {
        BOOST_TEST(text_with(kind.entry, own(name), at) == "own", kind.entry << " " << name);
    };
    all_of(kinds[0], "slack.default.title", "/attachments/0/title");
    all_of(kinds[0], "slack.default.title", "/attachments/0/fallback");
    all_of(kinds[0], "slack.default.text", "/attachments/0/text");
    all_of(kinds[0], "slack.default.pretext", "/attachments/0/pretext");
    all_of(kinds[0], "__subject", "/attachments/0/title");
    all_of(kinds[1], "discord.default.title", "/embeds/0/title");
    all_of(kinds[1], "discord.default.message", "/embeds/0/description");
    all_of(kinds[1], "__text_alert_list", "/embeds/0/description");
    all_of(kinds[2], "pagerduty.default.description", "/payload/summary");
    all_of(kinds[2], "pagerduty.default.instances", "/payload/custom_details/alerts");
    all_of(kinds[2], "pagerduty.default.client", "/client");
    all_of(kinds[2], "__alertmanagerURL", "/client_url");
    all_of(kinds[3], "opsgenie.default.message", "/message");
    all_of(kinds[3], "opsgenie.default.description", "/description");
    all_of(kinds[4], "telegram.default.message", "/text");
    all_of(kinds[5], "__subject", "/title");
    const auto mail = text_with(
        kinds[8].entry, own("email.default.subject") + "{{ define \"email.default.html\" }}<p>own</p>{{ end }}", "");
    BOOST_TEST(mail.find("\r\nSubject: own\r\n") != std::string::npos);
    BOOST_TEST(mail.find("\r\n\r\n<p>own</p>\r\n") != std::string::npos);
}

// What Alertmanager's own files write: the list of alerts is handed on.
BOOST_AUTO_TEST_CASE(a_list_of_alerts_is_a_text) {
    ChannelWorldOf world(
        R"(slack_configs: [{api_url: 'https://a/b', text: '{{ template "__text_alert_list" .Alerts.Firing }}'}])");
    const auto text = text_at(world.body(), "/attachments/0/text");
    BOOST_TEST(text.starts_with("FIRING DiskFull on web-1: "));
    BOOST_TEST(text.find("web-2") == std::string::npos);
    BOOST_TEST(world.failures.empty());
}

BOOST_AUTO_TEST_CASE(a_definition_that_fails_gives_way_to_the_shipped_one) {
    ChannelWorldOf world(kinds[0].entry);
    define(world, R"({{ define "__subject" }}{{ .NoSuchField }}{{ end }})");
    BOOST_TEST(text_at(world.body(), "/attachments/0/title").starts_with("[FIRING:1 RESOLVED:1] DiskFull"));
    BOOST_REQUIRE(world.failures.size() == 2U);  // of the title and of the fallback
    BOOST_TEST(world.failures[0] ==
               "a.yml:5: slack_configs: the template of fallback: there is no field '.NoSuchField'");
    ChannelWorldOf mail(kinds[8].entry);
    define(mail, R"({{ define "email.default.subject" }}{{ .NoSuchField }}{{ end }})");
    BOOST_TEST(mail.request().body.find("\r\nSubject: [FIRING:1 RESOLVED:1]") == std::string::npos);  // has an é
    BOOST_TEST(mail.request().body.find("\r\nSubject: =?UTF-8?B?") != std::string::npos);
    BOOST_TEST(mail.failures.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify

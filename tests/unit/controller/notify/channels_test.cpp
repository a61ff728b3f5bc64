// The bytes of each channel against what its service documents.
#include "controller/notify/channels/channels.hpp"

#include "tests/unit/controller/notify/channel_world.hpp"

namespace vigie::controller::notify {
namespace {

using nlohmann::json;

// sha256sum of {}:{alertname="DiskFull"}
constexpr const char* group_sha256 = "17c4e445d234645c9e547ff6d32a864af0ebdadcd1902771c24c8d366637ff41";

// In characters.
size_t length_of(std::string_view text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
    std::sort(texts.begin(), texts.end());
    return texts;
}

BOOST_AUTO_TEST_SUITE(slack_channel)

BOOST_AUTO_TEST_CASE(posts_one_attachment_with_values_escaped) {
    ChannelWorldOf world(R"(slack_configs: [{api_url: 'https://hooks.example.org/T0/secret', channel: '#ops'}])");
    const auto request = world.request();
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.url == "https://hooks.example.org/T0/secret");
    const auto body = json::parse(request.body);
    BOOST_TEST(text_at(body, "/channel") == "#ops");
    BOOST_TEST(text_at(body, "/username") == "Vigie");
    BOOST_TEST(body.at("attachments").size() == 1U);
    BOOST_TEST(text_at(body, "/attachments/0/color") == "danger");
    BOOST_TEST(text_at(body, "/attachments/0/title_link") == "https://vigie.example.org");
    BOOST_TEST(text_at(body, "/attachments/0/title") ==
               R"([FIRING:1 RESOLVED:1] DiskFull: disk &lt;10% a-b_c &amp; "é")");
    BOOST_TEST(text_at(body, "/attachments/0/text") ==
               "FIRING DiskFull on web-1: disk &lt;10% a-b_c &amp; \"é\"\n"
               "since 2027-01-15 08:00:00 UTC\n"
               "alertname=DiskFull, instance=web-1, severity=page\n\n"
               "RESOLVED DiskFull on web-2: disk &lt;10% a-b_c &amp; \"é\"\n"
               "since 2027-01-15 08:00:00 UTC, over at 2027-01-15 08:01:00 UTC\n"
               "alertname=DiskFull, instance=web-2, severity=page");
    world.resolve();
    BOOST_TEST(text_at(world.body(), "/attachments/0/color") == "good");
}

BOOST_AUTO_TEST_CASE(the_files_own_markup_stays_as_it_is) {
    ChannelWorldOf world(R"y(slack_configs:
  - api_url: https://a/b
    title: '<{{ .ExternalURL }}|{{ .CommonLabels.alertname }}>'
    text: '{{ range .Alerts }}*{{ .Labels.instance }}*: {{ .Annotations.summary }}{{ "\n" }}{{ end }}'
    fields: [{title: Severity, value: '{{ .CommonLabels.severity }}', short: true}, {title: All, value: x}]
    actions: [{type: button, text: Open, url: '{{ .ExternalURL }}'}])y");
    const auto body = world.body();
    BOOST_TEST(text_at(body, "/attachments/0/title") == "<https://vigie.example.org|DiskFull>");
    BOOST_TEST(text_at(body, "/attachments/0/text") ==
               "*web-1*: disk &lt;10% a-b_c &amp; \"é\"\n*web-2*: disk &lt;10% a-b_c &amp; \"é\"\n");
    BOOST_TEST(body["attachments"][0]["fields"].dump() ==
               R"([{"short":true,"title":"Severity","value":"page"},{"short":false,"title":"All","value":"x"}])");
    BOOST_TEST(body["attachments"][0]["actions"].dump() ==
               R"([{"text":"Open","type":"button","url":"https://vigie.example.org"}])");
}

BOOST_AUTO_TEST_CASE(a_template_that_fails_is_replaced_by_the_default_text_and_told_of) {
    ChannelWorldOf world(
        R"(slack_configs: [{api_url: 'https://a/secret', title: '{{ .NoSuchField }}', color: '{{ .No }}'}])");
    const auto body = world.body();
    BOOST_TEST(text_at(body, "/attachments/0/title").starts_with("[FIRING:1 RESOLVED:1] DiskFull"));
    BOOST_TEST(text_at(body, "/attachments/0/color") == "danger");
    BOOST_REQUIRE(world.failures.size() == 2U);
    BOOST_TEST(world.failures[0] == "a.yml:5: slack_configs: the template of color: there is no field '.No'");
    BOOST_TEST(world.failures[1].find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_long_text_is_cut_between_characters_and_never_within_an_entity) {
    ChannelWorldOf world(R"(slack_configs: [{api_url: 'https://a/b', title: '{{ .CommonAnnotations.long }}'}])");
    for (auto& one : world.message.alerts) {
        one.annotations["long"] = std::string(1'022, 'x') + "&&&";
    }
    // 1,024 characters with the mark; the 1,023rd is the & of &amp;, which goes as a whole.
    BOOST_TEST(text_at(world.body(), "/attachments/0/title") == std::string(1'022, 'x') + "…");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(discord_channel)

BOOST_AUTO_TEST_CASE(posts_an_embed_that_mentions_nobody) {
    ChannelWorldOf world(R"(discord_configs: [{webhook_url: 'https://discord.example.org/api/webhooks/1/secret'}])");
    const auto request = world.request();
    BOOST_TEST(request.url == "https://discord.example.org/api/webhooks/1/secret");
    const auto body = json::parse(request.body);
    BOOST_TEST(text_at(body, "/embeds/0/title") == R"(\[FIRING:1 RESOLVED:1\] DiskFull: disk \<10% a-b\_c & "é")");
    BOOST_TEST(body["embeds"][0]["color"].get<int>() == 0xC62828);
    BOOST_TEST(body["allowed_mentions"].dump() == R"({"parse":[]})");
    world.resolve();
    BOOST_TEST(world.body()["embeds"][0]["color"].get<int>() == 0x2E7D32);
}

BOOST_AUTO_TEST_CASE(is_no_longer_than_discord_takes_and_leaves_urls_whole) {
    ChannelWorldOf world(R"(discord_configs: [{webhook_url: 'https://d/x', title: '{{ .CommonAnnotations.long }}',
    message: '{{ .CommonAnnotations.long }}', content: '<@&42> {{ .CommonAnnotations.url }}'}])");
    for (auto& one : world.message.alerts) {
        for (int i = 0; i < 5'000; ++i) {
            one.annotations["long"] += "é";
        }
        one.annotations["url"] = "https://wiki.example.org/a_b_c";
    }
    const auto body = world.body();
    BOOST_TEST(text_at(body, "/embeds/0/title").size() == 255 * 2 + 3);  // characters of 2 bytes, and "…" of 3
    BOOST_TEST(text_at(body, "/embeds/0/description").size() == 4'095 * 2 + 3);
    BOOST_TEST(text_at(body, "/content") == "<@&42> https://wiki.example.org/a_b_c");
    BOOST_TEST(body["allowed_mentions"].dump() == R"({"parse":["users","roles"]})");
}

BOOST_AUTO_TEST_CASE(wakes_everyone_only_where_the_file_says_so) {
    const auto mentions = [](const std::string& content) {
        ChannelWorldOf world("discord_configs: [{webhook_url: 'https://d/x', content: '" + content + "'}]");
        for (auto& one : world.message.alerts) {
            one.annotations["who"] = "@everyone";
        }
        return world.body()["allowed_mentions"]["parse"].dump();
    };
    BOOST_TEST(mentions("{{ .CommonAnnotations.who }}") == "[]");
    BOOST_TEST(mentions("<@1> {{ .CommonAnnotations.who }}") == R"(["users","roles"])");
    BOOST_TEST(mentions("@here {{ .Status }}") == R"(["users","roles","everyone"])");
    BOOST_TEST(mentions("@everyone") == R"(["users","roles","everyone"])");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(pagerduty_channel)

BOOST_AUTO_TEST_CASE(triggers_and_resolves_the_incident_of_the_group) {
    ChannelWorldOf world(
        R"(pagerduty_configs: [{routing_key: r-1, severity: '{{ .CommonLabels.severity }}', class: disk,
    component: c, group: g, details: {runbook: 'https://r/{{ .GroupLabels.alertname }}'}, links: [{href: 'https://l', text: L}]}])");
    const auto request = world.request();
    BOOST_TEST(request.url == "https://events.pagerduty.com/v2/enqueue");
    auto body = json::parse(request.body);
    BOOST_TEST(text_at(body, "/routing_key") == "r-1");
    BOOST_TEST(text_at(body, "/event_action") == "trigger");
    BOOST_TEST(text_at(body, "/dedup_key") == group_sha256);
    BOOST_TEST(text_at(body, "/client") == "Vigie");
    BOOST_TEST(text_at(body, "/client_url") == "https://vigie.example.org");
    BOOST_TEST(text_at(body, "/payload/summary") == R"([FIRING:1 RESOLVED:1] DiskFull: disk <10% a-b_c & "é")");
    BOOST_TEST(text_at(body, "/payload/source") == "Vigie");
    BOOST_TEST(text_at(body, "/payload/severity") == "error");  // PagerDuty has no "page"
    BOOST_TEST(text_at(body, "/payload/class") == "disk");
    BOOST_TEST(text_at(body, "/payload/component") == "c");
    BOOST_TEST(text_at(body, "/payload/group") == "g");
    BOOST_TEST(text_at(body, "/payload/custom_details/num_firing") == "1");
    BOOST_TEST(text_at(body, "/payload/custom_details/num_resolved") == "1");
    BOOST_TEST(text_at(body, "/payload/custom_details/runbook") == "https://r/DiskFull");
    BOOST_TEST(body["links"].dump() == R"([{"href":"https://l","text":"L"}])");
    world.resolve();
    body = world.body();
    BOOST_TEST(text_at(body, "/event_action") == "resolve");
    BOOST_TEST(text_at(body, "/dedup_key") == group_sha256);
}

BOOST_AUTO_TEST_CASE(leaves_out_links_to_nowhere_and_an_empty_client) {
    ChannelWorldOf world(R"(pagerduty_configs: [{routing_key: r, client: '', client_url: '{{ .CommonLabels.none }}',
    links: [{href: '{{ .CommonLabels.none }}', text: L}, {text: M}, {href: 'https://l', text: N}],
    images: [{src: '{{ .CommonLabels.none }}', alt: A}]}])");
    const auto body = world.body();
    BOOST_TEST(body["links"].dump() == R"([{"href":"https://l","text":"N"}])");
    BOOST_TEST(!body.contains("images"));
    BOOST_TEST(!body.contains("client"));
    BOOST_TEST(!body.contains("client_url"));
}

BOOST_AUTO_TEST_CASE(leaves_out_details_that_pagerduty_would_refuse_the_event_for) {
    ChannelWorldOf world(
        R"(pagerduty_configs: [{routing_key: r, severity: Warning, details: {big: '{{ .CommonAnnotations.big }}'}}])");
    for (auto& one : world.message.alerts) {
        one.annotations["big"] = std::string(200'000, '"');  // two bytes each in JSON, in the details and in the text
        one.annotations["description"] = std::string(60'000, '"');
    }
    const auto request = world.request();
    BOOST_TEST(request.body.size() < 512U * 1024);
    const auto body = json::parse(request.body);
    BOOST_TEST(text_at(body, "/payload/severity") == "warning");
    BOOST_TEST(body["payload"]["custom_details"].size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(opsgenie_channel)

BOOST_AUTO_TEST_CASE(creates_and_closes_the_alert_of_the_group) {
    ChannelWorldOf world(
        R"(opsgenie_configs: [{api_url: 'https://api.eu.example.org/', tags: 'disk, {{ .CommonLabels.severity }}',
    priority: P2, responders: [{name: Ops, type: team}, {name: '{{ .CommonLabels.nobody }}', type: user}], note: n}])",
        "{opsgenie_api_key: k-1}");
    auto request = world.request();
    BOOST_TEST(request.url == "https://api.eu.example.org/v2/alerts");
    BOOST_TEST((request.headers == std::vector<std::string>{"Authorization: GenieKey k-1"}));
    auto body = json::parse(request.body);
    BOOST_TEST(text_at(body, "/alias") == group_sha256);
    BOOST_TEST(text_at(body, "/message") == R"([FIRING:1 RESOLVED:1] DiskFull: disk <10% a-b_c & "é")");
    BOOST_TEST(body["tags"].dump() == R"(["disk","page"])");
    BOOST_TEST(text_at(body, "/priority") == "P2");
    BOOST_TEST(body["responders"].dump() == R"([{"name":"Ops","type":"team"}])");
    BOOST_TEST(body["details"].dump() == R"({"alertname":"DiskFull","severity":"page"})");
    world.resolve();
    request = world.request();
    BOOST_TEST(request.url ==
               fmt::format("https://api.eu.example.org/v2/alerts/{}/close?identifierType=alias", group_sha256));
    BOOST_TEST(json::parse(request.body).dump() == R"({"note":"n","source":"https://vigie.example.org"})");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(telegram_channel)

BOOST_AUTO_TEST_CASE(sends_html_with_values_and_default_text_escaped) {
    ChannelWorldOf world(R"(telegram_configs: [{bot_token: '12:a/b', chat_id: -100123, disable_notifications: true}])");
    const auto request = world.request();
    BOOST_TEST(request.url == "https://api.telegram.org/bot12%3Aa%2Fb/sendMessage");
    const auto body = json::parse(request.body);
    BOOST_TEST(body["chat_id"].get<int64_t>() == -100123);
    BOOST_TEST(text_at(body, "/parse_mode") == "HTML");
    BOOST_TEST(body["disable_notification"].get<bool>());
    BOOST_TEST(
        text_at(body, "/text")
            .starts_with(
                "[FIRING:1 RESOLVED:1] DiskFull: disk &lt;10% a-b_c &amp; &quot;é&quot;\nFIRING DiskFull on web-1"));
}

BOOST_AUTO_TEST_CASE(the_default_text_is_right_in_markdown_v2_too) {
    ChannelWorldOf world(R"(telegram_configs: [{bot_token: t, chat_id: 1, parse_mode: MarkdownV2}])");
    const auto text = text_at(world.body(), "/text");
    BOOST_TEST(text.starts_with(R"(\[FIRING:1 RESOLVED:1\] DiskFull: disk <10% a\-b\_c & "é")"));
    // Each of the characters that Telegram reserves stands behind a backslash.
    for (size_t i = 0; i < text.size(); ++i) {
        if (std::string_view("_*[]()~`>#+-=|{}.!").find(text[i]) != std::string_view::npos) {
            BOOST_TEST((i > 0 && text[i - 1] == '\\'), text.substr(i));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_too_long_for_its_markup_goes_out_plain) {
    ChannelWorldOf world(
        R"(telegram_configs: [{bot_token: t, chat_id: 1, message: '<b>{{ .CommonAnnotations.long }}</b>'}])");
    for (auto& one : world.message.alerts) {
        one.annotations["long"] = std::string(5'000, 'x');
        one.annotations["description"] = std::string(5'000, 'y');
    }
    const auto body = world.body();
    BOOST_TEST(!body.contains("parse_mode"));
    BOOST_TEST(text_at(body, "/text").starts_with(R"([FIRING:1 RESOLVED:1] DiskFull: disk <10%)"));
    BOOST_TEST(length_of(text_at(body, "/text")) == 4'096U);
}

BOOST_AUTO_TEST_CASE(what_takes_the_place_of_a_blank_message_goes_out_plain) {
    ChannelWorldOf world(R"(telegram_configs: [{bot_token: t, chat_id: 1, message: ' {{ .CommonLabels.none }}'}])");
    const auto body = world.body();
    BOOST_TEST(!body.contains("parse_mode"));
    BOOST_TEST(text_at(body, "/text").starts_with(R"([FIRING:1 RESOLVED:1] DiskFull: disk <10% a-b_c & "é")"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ntfy_channel)

BOOST_AUTO_TEST_CASE(publishes_json_with_the_key_as_its_sequence) {
    ChannelWorldOf world(
        R"(ntfy_configs: [{url: 'https://ntfy.example.org/', topic: t-1, priority: urgent, tags: 'a, b'}])");
    const auto request = world.request();
    BOOST_TEST(request.url == "https://ntfy.example.org");
    const auto body = json::parse(request.body);
    BOOST_TEST(text_at(body, "/topic") == "t-1");
    BOOST_TEST(text_at(body, "/title") == R"([FIRING:1 RESOLVED:1] DiskFull: disk <10% a-b_c & "é")");
    BOOST_TEST(body["priority"].get<int>() == 5);
    BOOST_TEST(body["tags"].dump() == R"(["a","b"])");
    BOOST_TEST(text_at(body, "/click") == "https://vigie.example.org");
    BOOST_TEST(text_at(body, "/sequence_id") == "0123456789abcdef-1");
    // ntfy takes ^[-_A-Za-z0-9]{1,64}$ only; the key of what is told at once is longer. sha256sum
    world.key = "00000000000000000000000000aa-1800000000000-firing-team%2Fntfy%2F0";
    BOOST_TEST(text_at(world.body(), "/sequence_id") == "6a3906696f1cacfe70cc28226d246a1f");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(matrix_channel)

BOOST_AUTO_TEST_CASE(puts_a_message_under_its_key) {
    ChannelWorldOf world(
        R"(matrix_configs: [{homeserver_url: 'https://m.example.org', access_token: s, room_id: '!a:m.example.org'}])");
    const auto request = world.request();
    BOOST_TEST(request.method == "PUT");
    BOOST_TEST(request.url ==
               "https://m.example.org/_matrix/client/v3/rooms/%21a%3Am.example.org/send/m.room.message/"
               "0123456789abcdef-1");
    BOOST_TEST((request.headers == std::vector<std::string>{"Authorization: Bearer s"}));
    const auto body = json::parse(request.body);
    BOOST_TEST(text_at(body, "/msgtype") == "m.text");
    BOOST_TEST(text_at(body, "/body").starts_with(R"([FIRING:1 RESOLVED:1] DiskFull: disk <10% a-b_c & "é")"));
    BOOST_TEST(text_at(body, "/format") == "org.matrix.custom.html");
    BOOST_TEST(text_at(body, "/formatted_body")
                   .starts_with("<b>[FIRING:1 RESOLVED:1] DiskFull: disk &lt;10% a-b_c &amp; &quot;é&quot;</b><br>"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(alertmanager_channel)

BOOST_AUTO_TEST_CASE(posts_alerts_that_last_until_they_are_told_again) {
    ChannelWorldOf world(R"(alertmanager_configs: [{url: 'https://am.example.org/prefix/'}])");
    world.message.told_again_after = 5min;
    const auto request = world.request();
    BOOST_TEST(request.url == "https://am.example.org/prefix/api/v2/alerts");
    const auto body = json::parse(request.body);
    BOOST_REQUIRE(body.size() == 2U);
    BOOST_TEST(body[0]["labels"].dump() == R"({"alertname":"DiskFull","instance":"web-1","severity":"page"})");
    BOOST_TEST(text_at(body, "/0/annotations/summary") == nasty);
    BOOST_TEST(text_at(body, "/0/startsAt") == "2027-01-15T08:00:00.000Z");
    // Now is 08:01:30; 5 min to the next time and 10 min of grace.
    BOOST_TEST(text_at(body, "/0/endsAt") == "2027-01-15T08:16:30.000Z");
    BOOST_TEST(text_at(body, "/0/generatorURL") == "https://vigie.example.org/alerts/a-web-1");
    BOOST_TEST(text_at(body, "/1/endsAt") == "2027-01-15T08:01:00.000Z");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(all_channels)

BOOST_AUTO_TEST_CASE(any_bytes_make_valid_json) {
    for (const auto* entry :
         {"slack_configs: [{api_url: 'https://a/b'}]", "discord_configs: [{webhook_url: 'https://a/b'}]",
          "pagerduty_configs: [{routing_key: r}]", "opsgenie_configs: [{api_key: k}]",
          "telegram_configs: [{bot_token: t, chat_id: 1}]", "ntfy_configs: [{topic: t}]",
          "matrix_configs: [{homeserver_url: 'https://m', access_token: s, room_id: '!a:b'}]",
          "alertmanager_configs: [{url: 'https://a'}]"}) {
        ChannelWorldOf world(entry);
        for (auto& one : world.message.alerts) {
            one.annotations["summary"] = std::string("\xFF\xC3(\x00\x1B", 5) + "\r\n\"\\";
            one.labels["\"evil"] = "\xED\xA0\x80";
        }
        const auto body = json::parse(world.request().body, nullptr, false);
        BOOST_TEST(!body.is_discarded(), entry);
        BOOST_TEST(world.failures.empty(), entry);
    }
}

BOOST_AUTO_TEST_CASE(authorization_of_http_config_goes_out_and_no_key_is_forgotten) {
    ChannelWorldOf world(R"(ntfy_configs: [{topic: t}])");
    world.receiver.headers["Authorization"] = "Bearer x";
    BOOST_TEST((sorted(world.request().headers) == std::vector<std::string>{"Authorization: Bearer x"}));
}

BOOST_AUTO_TEST_CASE(a_services_own_authorization_takes_the_place_of_http_configs) {
    for (const auto& [entry, own] :
         {std::pair("opsgenie_configs: [{api_key: k}]", "Authorization: GenieKey k"),
          std::pair("matrix_configs: [{homeserver_url: 'https://m', access_token: s, room_id: '!a:b'}]",
                    "Authorization: Bearer s")}) {
        ChannelWorldOf world(entry);
        world.receiver.headers = {{"authorization", "Basic x"}, {"X-Team", "ops"}};
        BOOST_TEST((sorted(world.request().headers) == std::vector<std::string>{own, "X-Team: ops"}), entry);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify

// Tables. Defaults are Alertmanager's; texts of messages are under its names what default_templates says, unless the
// file's templates define them anew.
#include "controller/routing/channel_schema.hpp"

#include <array>

namespace vigie::controller::routing {
namespace {

using enum KeyKind;

constexpr std::string_view title = R"({{ template "__subject" . }})";
constexpr std::string_view body = R"({{ template "vigie.text" . }})";
constexpr std::string_view our_url = R"({{ template "__alertmanagerURL" . }})";

constexpr std::array email_keys{
    ChannelKey{"to", templated, "", "", true},
    ChannelKey{"from", templated, "", "smtp_from", true},
    ChannelKey{"smarthost", text, "", "smtp_smarthost", true},
    ChannelKey{"hello", text, "localhost", "smtp_hello"},
    ChannelKey{"auth_username", text, "", "smtp_auth_username"},
    ChannelKey{"auth_password", secret, "", "smtp_auth_password"},
    ChannelKey{"auth_identity", text, "", "smtp_auth_identity"},
    ChannelKey{"auth_secret", refused, "", "smtp_auth_secret"},
    ChannelKey{"require_tls", flag, "true", "smtp_require_tls"},
    ChannelKey{"tls_config", tls},
    ChannelKey{"headers", map},
    ChannelKey{"html", templated, R"({{ template "email.default.html" . }})"},
    ChannelKey{"text", templated, body},
};
constexpr std::array slack_keys{
    ChannelKey{"api_url", secret, "", "slack_api_url", true},
    ChannelKey{"channel"},
    ChannelKey{"username", templated, R"({{ template "slack.default.username" . }})"},
    ChannelKey{"icon_emoji", templated, R"({{ template "slack.default.iconemoji" . }})"},
    ChannelKey{"icon_url", templated, R"({{ template "slack.default.iconurl" . }})"},
    ChannelKey{"link_names", flag, "false"},
    ChannelKey{"color", templated, R"({{ if eq .Status "firing" }}danger{{ else }}good{{ end }})"},
    ChannelKey{"title", templated, R"({{ template "slack.default.title" . }})"},
    ChannelKey{"title_link", templated, R"({{ template "slack.default.titlelink" . }})"},
    ChannelKey{"pretext", templated, R"({{ template "slack.default.pretext" . }})"},
    ChannelKey{"text", templated, R"({{ template "slack.default.text" . }})"},
    ChannelKey{"fallback", templated, R"({{ template "slack.default.fallback" . }})"},
    ChannelKey{"callback_id", templated, R"({{ template "slack.default.callbackid" . }})"},
    ChannelKey{"footer", templated, R"({{ template "slack.default.footer" . }})"},
    ChannelKey{"image_url"},
    ChannelKey{"thumb_url"},
    ChannelKey{"short_fields", flag, "false"},
    ChannelKey{"mrkdwn_in", list},
    ChannelKey{"fields", rows, "title value short"},
    ChannelKey{"actions", rows, "type text url style name value"},
    ChannelKey{"http_config", http},
};
constexpr std::array discord_keys{
    ChannelKey{"webhook_url", secret, "", "", true},
    ChannelKey{"title", templated, R"({{ template "discord.default.title" . }})"},
    ChannelKey{"message", templated, R"({{ template "discord.default.message" . }})"},
    ChannelKey{"content"},
    ChannelKey{"username"},
    ChannelKey{"avatar_url"},
    ChannelKey{"http_config", http},
};
constexpr std::array pagerduty_keys{
    ChannelKey{"routing_key", secret, "", "", true},
    ChannelKey{"service_key", refused},
    ChannelKey{"service_key_file", refused},
    ChannelKey{"url", text, "https://events.pagerduty.com/v2/enqueue", "pagerduty_url"},
    ChannelKey{"client", templated, R"({{ template "pagerduty.default.client" . }})"},
    ChannelKey{"client_url", templated, R"({{ template "pagerduty.default.clientURL" . }})"},
    ChannelKey{"description", templated, R"({{ template "pagerduty.default.description" . }})"},
    ChannelKey{"severity", templated, "error"},
    ChannelKey{"source", templated, R"({{ template "pagerduty.default.client" . }})"},
    ChannelKey{"class"},
    ChannelKey{"component"},
    ChannelKey{"group"},
    ChannelKey{"details", map},
    ChannelKey{"images", rows, "src alt href"},
    ChannelKey{"links", rows, "href text"},
    ChannelKey{"http_config", http},
};
constexpr std::array opsgenie_keys{
    ChannelKey{"api_key", secret, "", "opsgenie_api_key", true},
    ChannelKey{"api_url", text, "https://api.opsgenie.com/", "opsgenie_api_url"},
    ChannelKey{"message", templated, R"({{ template "opsgenie.default.message" . }})"},
    ChannelKey{"description", templated, R"({{ template "opsgenie.default.description" . }})"},
    ChannelKey{"source", templated, R"({{ template "opsgenie.default.source" . }})"},
    ChannelKey{"details", map},
    ChannelKey{"responders", rows, "id name username type"},
    ChannelKey{"tags"},
    ChannelKey{"note"},
    ChannelKey{"priority"},
    ChannelKey{"entity"},
    ChannelKey{"actions"},
    ChannelKey{"update_alerts", refused},
    ChannelKey{"http_config", http},
};
constexpr std::array telegram_keys{
    ChannelKey{"bot_token", secret, "", "", true},
    ChannelKey{"chat_id", number, "", "", true},
    ChannelKey{"message_thread_id", number},
    ChannelKey{"api_url", text, "https://api.telegram.org", "telegram_api_url"},
    ChannelKey{"message", templated, R"({{ template "telegram.default.message" . }})"},
    ChannelKey{"parse_mode", text, "HTML"},
    ChannelKey{"disable_notifications", flag, "false"},
    ChannelKey{"http_config", http},
};
constexpr std::array ntfy_keys{
    ChannelKey{"url", text, "https://ntfy.sh"},
    ChannelKey{"topic", secret, "", "", true},  // who knows it can read and write
    ChannelKey{"title", templated, title},
    ChannelKey{"message", templated, body},
    ChannelKey{"priority", templated, R"({{ if eq .Status "firing" }}4{{ else }}3{{ end }})"},
    ChannelKey{"tags", templated, R"({{ if eq .Status "firing" }}rotating_light{{ else }}white_check_mark{{ end }})"},
    ChannelKey{"click", templated, our_url},
    ChannelKey{"http_config", http},
};
constexpr std::array matrix_keys{
    ChannelKey{"homeserver_url", text, "", "", true},
    ChannelKey{"access_token", secret, "", "", true},
    ChannelKey{"room_id", text, "", "", true},
    ChannelKey{"msgtype", text, "m.text"},
    ChannelKey{"message", templated, R"({{ template "__subject" . }}{{ "\n" }}{{ template "vigie.text" . }})"},
    ChannelKey{"html", templated, R"(<b>{{ template "__subject" . }}</b><br>{{ template "vigie.lines" . }})"},
    ChannelKey{"http_config", http},
};
constexpr std::array alertmanager_keys{
    ChannelKey{"url", text, "", "", true},
    ChannelKey{"http_config", http},
};

// Whether an end is sent where nothing is said: as in Alertmanager.
constexpr std::array kinds{
    ChannelKind{"email", "email_configs", false, email_keys},
    ChannelKind{"slack", "slack_configs", false, slack_keys},
    ChannelKind{"discord", "discord_configs", true, discord_keys},
    ChannelKind{"pagerduty", "pagerduty_configs", true, pagerduty_keys},
    ChannelKind{"opsgenie", "opsgenie_configs", true, opsgenie_keys},
    ChannelKind{"telegram", "telegram_configs", true, telegram_keys},
    ChannelKind{"ntfy", "ntfy_configs", true, ntfy_keys},
    ChannelKind{"matrix", "matrix_configs", true, matrix_keys},
    ChannelKind{"alertmanager", "alertmanager_configs", true, alertmanager_keys},
};

}  // namespace

std::span<const ChannelKind> channel_kinds() {
    return kinds;
}

std::vector<std::string> secret_keys(std::string_view kind) {
    std::vector<std::string> names;
    for (const auto& one : kinds) {
        for (const auto& key : one.keys) {
            if (one.name == kind && key.kind == secret) {
                names.emplace_back(key.name);
            }
        }
    }
    return names;
}

}  // namespace vigie::controller::routing

// Incoming webhooks with one attachment (https://api.slack.com/reference/messaging/attachments), which Mattermost takes
// too (https://developers.mattermost.com/integrate/webhooks/incoming/).
#include <nlohmann/json.hpp>

#include "controller/notify/channels/answer_body.hpp"
#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/encodings.hpp"

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::ordered_json;

// Slack shows no more of a title, and cuts a text at 40,000 characters with an error; Mattermost takes 16,383 in all.
constexpr size_t title_max = 1'024;
constexpr size_t text_max = 12'000;

// Slack cuts nowhere within &amp;.
std::string cut(std::string_view text, size_t characters_max) {
    auto out = shortened(text, characters_max);
    const auto entity = out.rfind('&');
    const bool is_cut = out.size() < text.size() || (out.ends_with("…") && !text.ends_with("…"));
    if (is_cut && entity != std::string::npos && out.size() - entity < 9 &&
        out.find(';', entity) == std::string::npos) {
        out = out.substr(0, entity) + "…";
    }
    return out;
}

void put(Json& into, const char* key, std::string text) {
    if (!text.empty()) {
        into[key] = std::move(text);
    }
}

Json fields_of(Telling& telling) {
    auto fields = Json::array();
    for (auto& row : telling.rows("fields", escape_slack)) {
        const bool is_short = row.contains("short") ? row["short"] == "true" : telling.channel().is_set("short_fields");
        fields.push_back({{"title", row["title"]}, {"value", row["value"]}, {"short", is_short}});
    }
    return fields;
}

Json actions_of(Telling& telling) {
    auto actions = Json::array();
    for (const auto& row : telling.rows("actions")) {
        auto& action = actions.emplace_back(Json::object());
        for (const auto& [key, text] : row) {
            action[key] = text;
        }
    }
    return actions;
}

}  // namespace

Request slack_request(Telling& telling) {
    Json attachment;
    attachment["fallback"] = cut(telling.text("fallback", escape_slack), title_max);
    put(attachment, "color", one_line(telling.text("color")));
    put(attachment, "pretext", cut(telling.text("pretext", escape_slack), text_max));
    put(attachment, "title", cut(telling.text("title", escape_slack), title_max));
    put(attachment, "title_link", telling.text("title_link"));
    put(attachment, "text", cut(telling.text("text", escape_slack), text_max));
    put(attachment, "footer", telling.text("footer", escape_slack));
    for (const auto* key : {"callback_id", "image_url", "thumb_url"}) {
        put(attachment, key, telling.text(key));
    }
    if (auto fields = fields_of(telling); !fields.empty()) {
        attachment["fields"] = std::move(fields);
    }
    if (auto actions = actions_of(telling); !actions.empty()) {
        attachment["actions"] = std::move(actions);
    }
    const auto marked = telling.channel().lists.find("mrkdwn_in");
    attachment["mrkdwn_in"] = marked != telling.channel().lists.end()
                                  ? marked->second
                                  : std::vector<std::string>{"fallback", "pretext", "text"};
    Json body;
    for (const auto* key : {"channel", "username", "icon_emoji", "icon_url"}) {
        put(body, key, one_line(telling.text(key)));
    }
    if (telling.channel().is_set("link_names")) {
        body["link_names"] = true;
    }
    body["attachments"] = Json::array({std::move(attachment)});
    auto request = json_request(telling.receiver(), telling.channel().text("api_url"), body);
    request.look_into = note_slack_answer;
    return request;
}

}  // namespace vigie::controller::notify

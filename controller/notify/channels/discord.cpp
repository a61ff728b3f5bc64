// Webhooks with one embed (https://discord.com/developers/docs/resources/webhook#execute-webhook).
#include <nlohmann/json.hpp>

#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/encodings.hpp"

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::ordered_json;

// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
constexpr size_t title_max = 256;
constexpr size_t description_max = 4'096;
constexpr size_t content_max = 2'000;
constexpr size_t username_max = 80;
constexpr int red = 0xC62828;
constexpr int green = 0x2E7D32;

// A label that says @everyone wakes nobody; whom the file itself mentions in `content` is.
Json mentions_of(const routing::ChannelConfig& channel) {
    auto mentions = Json::array();
    const auto found = channel.templates.find("content");
    const auto has = [&](std::string_view text) {
        return found != channel.templates.end() && found->second.text().find(text) != std::string::npos;
    };
    if (has("@")) {
        mentions = Json::array({"users", "roles"});
    }
    if (has("@everyone") || has("@here")) {
        mentions.push_back("everyone");
    }
    return mentions;
}

}  // namespace

Request discord_request(Telling& telling) {
    Json embed;
    embed["title"] = shortened(telling.text("title", escape_discord), title_max);
    embed["description"] = shortened(telling.text("message", escape_discord), description_max);
    embed["color"] = telling.is_firing() ? red : green;
    Json body;
    if (const auto content = telling.text("content", escape_discord); !content.empty()) {
        body["content"] = shortened(content, content_max);
    }
    if (const auto username = one_line(telling.text("username")); !username.empty()) {
        body["username"] = shortened(username, username_max);
    }
    if (const auto avatar = telling.text("avatar_url"); !avatar.empty()) {
        body["avatar_url"] = avatar;
    }
    body["embeds"] = Json::array({std::move(embed)});
    body["allowed_mentions"] = {{"parse", mentions_of(telling.channel())}};
    return json_request(telling.receiver(), telling.channel().text("webhook_url"), body);
}

}  // namespace vigie::controller::notify

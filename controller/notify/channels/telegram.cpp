// Bot API (https://core.telegram.org/bots/api#sendmessage).
#include <charconv>
#include <nlohmann/json.hpp>

#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/encodings.hpp"

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t text_max = 4'096;  // after its markup is read

int64_t number_of(const std::string& text) {
    int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

rules::Escape escape_for(const std::string& mode) {
    return mode == "HTML"         ? escape_html
           : mode == "MarkdownV2" ? escape_markdown_v2
           : mode == "Markdown"   ? escape_markdown_v1
                                  : rules::Escape(nullptr);
}

}  // namespace

// Markup cannot be cut anywhere: what is too long goes out as plain text, as does what takes the place of nothing.
Request telegram_request(Telling& telling) {
    const auto& channel = telling.channel();
    const auto& mode = channel.text("parse_mode");
    auto text = telling.text("message", escape_for(mode));
    const bool is_plain = shortened(text, text_max) != text || text.find_first_not_of(" \r\n\t") == std::string::npos;
    if (is_plain) {
        text = shortened(telling.defined("vigie.title") + "\n" + telling.defined("vigie.text"), text_max);
    }
    Json body;
    body["chat_id"] = number_of(channel.text("chat_id"));
    if (const auto thread = number_of(channel.text("message_thread_id")); thread != 0) {
        body["message_thread_id"] = thread;
    }
    body["text"] = text;
    if (!mode.empty() && !is_plain) {
        body["parse_mode"] = mode;
    }
    body["disable_notification"] = channel.is_set("disable_notifications");
    body["disable_web_page_preview"] = true;
    const auto token = percent_encoded(channel.text("bot_token"));
    return json_request(telling.receiver(),
                        fmt::format("{}/bot{}/sendMessage", base_of(channel.text("api_url")), token), body);
}

}  // namespace vigie::controller::notify

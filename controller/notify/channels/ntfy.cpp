// Publishing as JSON (https://docs.ntfy.sh/publish/#publish-as-json). What is sent again has the sequence id of the
// first attempt, and takes its place.
#include <nlohmann/json.hpp>

#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/encodings.hpp"

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::ordered_json;

// ntfy makes an attachment of a message above 4,096 bytes.
constexpr size_t message_bytes_max = 4'000;
constexpr size_t title_max = 250;

// 1 to 5, or their names (https://docs.ntfy.sh/publish/#message-priority).
int priority_of(const std::string& text) {
    static const std::map<std::string, int> known{{"1", 1}, {"min", 1},     {"2", 2},     {"low", 2},
                                                  {"3", 3}, {"default", 3}, {"4", 4},     {"high", 4},
                                                  {"5", 5}, {"max", 5},     {"urgent", 5}};
    const auto found = known.find(text);
    return found == known.end() ? 3 : found->second;
}

Json tags_of(const std::string& text) {
    auto tags = Json::array();
    for (size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find_first_of(", ", at), text.size());
        if (end > at) {
            tags.push_back(text.substr(at, end - at));
        }
        at = end + 1;
    }
    return tags;
}

}  // namespace

Request ntfy_request(Telling& telling) {
    Json body;
    body["topic"] = telling.channel().text("topic");
    body["title"] = shortened(one_line(telling.text("title")), title_max);
    body["message"] = shortened_to_bytes(telling.text("message"), message_bytes_max);
    body["priority"] = priority_of(telling.text("priority"));
    if (auto tags = tags_of(telling.text("tags")); !tags.empty()) {
        body["tags"] = std::move(tags);
    }
    if (auto click = telling.text("click"); !click.empty()) {
        body["click"] = std::move(click);
    }
    body["sequence_id"] = telling.short_key();
    return json_request(telling.receiver(), base_of(telling.channel().text("url")), body);
}

}  // namespace vigie::controller::notify

// Alert API (https://docs.opsgenie.com/docs/alert-api): an alert is a group, its alias the hash of the group's key.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/encodings.hpp"

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t message_max = 130;
constexpr size_t description_max = 15'000;
constexpr size_t source_max = 100;
constexpr size_t note_max = 25'000;
constexpr size_t entity_max = 512;
constexpr size_t tags_max = 20;
constexpr size_t actions_max = 10;
constexpr size_t word_max = 50;        // of a tag or an action
constexpr size_t details_max = 8'000;  // names and values together

// "a, b" as a list, the first of them.
std::vector<std::string> words_of(const std::string& text, size_t count_max) {
    std::vector<std::string> words;
    for (size_t at = 0; at <= text.size() && words.size() < count_max;) {
        const auto end = std::min(text.find(',', at), text.size());
        auto word = text.substr(at, end - at);
        word.erase(0, std::min(word.find_first_not_of(" \t\n"), word.size()));
        word.erase(word.find_last_not_of(" \t\n") + 1);
        if (!word.empty()) {
            words.push_back(word);
        }
        at = end + 1;
    }
    return words;
}

Json details_of(Telling& telling) {
    auto details = Json::object();
    size_t room = details_max;
    for (const auto& [name, text] : telling.map("details")) {
        const auto taken = characters_in(name);
        if (taken < room) {
            auto value = shortened(text, room - taken);
            room -= taken + characters_in(value);
            details[name] = std::move(value);
        }
    }
    for (const auto& [name, value] : common(telling.message(), &alerts::Notification::labels)) {
        const auto taken = characters_in(name) + characters_in(value);
        if (taken <= room && !details.contains(name)) {
            room -= taken;
            details[name] = value;
        }
    }
    return details;
}

// `teams`, which Opsgenie does not know, is Alertmanager's word for several in one name.
Json responders_of(Telling& telling) {
    auto responders = Json::array();
    for (auto& row : telling.rows("responders")) {
        row["type"] = lower(row["type"]);
        if (row["type"] == "teams") {
            for (const auto& team : words_of(row["name"], std::string::npos)) {
                responders.push_back({{"name", team}, {"type", "team"}});
            }
            continue;
        }
        Json responder;
        for (const auto& [key, text] : row) {
            if (!text.empty()) {
                responder[key] = text;
            }
        }
        constexpr std::array known{"team", "user", "escalation", "schedule"};
        const bool is_known = std::find(known.begin(), known.end(), row["type"]) != known.end();
        if (is_known && responder.size() > 1) {  // one whose name or type the templates left empty is none
            responders.push_back(std::move(responder));
        }
    }
    return responders;
}

Json new_alert(Telling& telling) {
    Json alert;
    alert["alias"] = telling.group_hash();
    const auto message = one_line(telling.text("message"));
    alert["message"] = shortened(message.empty() ? telling.defined("vigie.title") : message, message_max);
    alert["description"] = shortened(telling.text("description"), description_max);
    alert["source"] = shortened(telling.text("source"), source_max);
    alert["details"] = details_of(telling);
    if (auto responders = responders_of(telling); !responders.empty()) {
        alert["responders"] = std::move(responders);
    }
    for (const auto& [key, count_max] : {std::pair("tags", tags_max), std::pair("actions", actions_max)}) {
        for (const auto& word : words_of(telling.text(key), count_max)) {
            alert[key].push_back(shortened(word, word_max));
        }
    }
    const auto priority = telling.text("priority");
    constexpr std::array known{"P1", "P2", "P3", "P4", "P5"};
    if (std::find(known.begin(), known.end(), priority) != known.end()) {  // Opsgenie refuses others
        alert["priority"] = priority;
    }
    if (const auto entity = telling.text("entity"); !entity.empty()) {
        alert["entity"] = shortened(entity, entity_max);
    }
    return alert;
}

}  // namespace

Request opsgenie_request(Telling& telling) {
    const auto alerts_url = base_of(telling.channel().text("api_url")) + "/v2/alerts";
    auto url = alerts_url;
    Json body;
    if (telling.is_firing()) {
        body = new_alert(telling);
    } else {
        url = fmt::format("{}/{}/close?identifierType=alias", alerts_url, telling.group_hash());
        body["source"] = shortened(telling.text("source"), source_max);
    }
    if (const auto note = telling.text("note"); !note.empty()) {
        body["note"] = shortened(note, note_max);
    }
    auto request = json_request(telling.receiver(), std::move(url), body);
    set_authorization(request, "GenieKey " + telling.channel().text("api_key"));
    return request;
}

}  // namespace vigie::controller::notify

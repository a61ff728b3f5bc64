// Events API v2 (https://developer.pagerduty.com/docs/events-api-v2/trigger-events/). An incident is a group: its key's
// hash is the dedup_key, as Alertmanager's is, so who changes over closes the incidents that are open.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/encodings.hpp"

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t summary_max = 1'024;
constexpr size_t source_max = 1'024;
// PagerDuty refuses an event above 512 KB.
constexpr size_t event_bytes_max = 500'000;

// Any other is refused by PagerDuty, and nobody would hear of it.
std::string severity_of(const std::string& text) {
    const auto word = lower(text);
    constexpr std::array known{"critical", "error", "warning", "info"};
    return std::find(known.begin(), known.end(), word) != known.end() ? word : "error";
}

Json details_of(Telling& telling) {
    Json details;
    const auto& all = telling.message().alerts;
    const auto firing = std::count_if(all.begin(), all.end(), [](const auto& one) { return !one.is_resolved; });
    details["num_firing"] = std::to_string(firing);
    details["num_resolved"] = std::to_string(static_cast<std::ptrdiff_t>(all.size()) - firing);
    details["alerts"] = telling.defined("pagerduty.default.instances", ".Alerts");
    for (const auto& [name, text] : telling.map("details")) {
        details[name] = text;
    }
    return details;
}

// PagerDuty refuses an event with a link to nowhere. `needed`: what none can be without.
Json rows_of(Telling& telling, const std::string& key, const std::string& needed) {
    auto rows = Json::array();
    for (const auto& row : telling.rows(key)) {
        if (const auto found = row.find(needed); found == row.end() || found->second.empty()) {
            continue;
        }
        auto& into = rows.emplace_back(Json::object());
        for (const auto& [name, text] : row) {
            into[name] = text;
        }
    }
    return rows;
}

}  // namespace

Request pagerduty_request(Telling& telling) {
    Json payload;
    const auto summary = telling.text("description");
    const auto source = telling.text("source");
    payload["summary"] = shortened(summary.empty() ? telling.defined("vigie.title") : summary, summary_max);
    payload["source"] = shortened(source.empty() ? "Vigie" : source, source_max);
    payload["severity"] = severity_of(telling.text("severity"));
    for (const auto* key : {"class", "component", "group"}) {
        if (auto text = telling.text(key); !text.empty()) {
            payload[key] = std::move(text);
        }
    }
    payload["custom_details"] = details_of(telling);
    Json event;
    event["routing_key"] = telling.channel().text("routing_key");
    event["event_action"] = telling.is_firing() ? "trigger" : "resolve";
    event["dedup_key"] = telling.group_hash();
    for (const auto* key : {"client", "client_url"}) {
        if (auto text = telling.text(key); !text.empty()) {
            event[key] = std::move(text);
        }
    }
    event["payload"] = std::move(payload);
    for (const auto& [key, needed] : {std::pair("images", "src"), std::pair("links", "href")}) {
        if (auto rows = rows_of(telling, key, needed); !rows.empty()) {
            event[key] = std::move(rows);
        }
    }
    auto request = json_request(telling.receiver(), telling.channel().text("url"), event);
    if (request.body.size() > event_bytes_max) {
        event["payload"]["custom_details"] = {{"error", "the details were too large and are left out"}};
        request = json_request(telling.receiver(), telling.channel().text("url"), event);
    }
    return request;
}

}  // namespace vigie::controller::notify

// An existing Alertmanager (https://github.com/prometheus/alertmanager/blob/v0.25.0/api/v2/openapi.yaml, postAlerts).
// It lets an alert end by itself at endsAt, so each message moves it behind the next repetition.
#include <nlohmann/json.hpp>

#include "controller/notify/channels/channels.hpp"
#include "controller/notify/payload.hpp"

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::ordered_json;

// Behind the time that the group is told again: what a restart of the controller or a few refused attempts take.
constexpr milliseconds grace = std::chrono::minutes{10};
// A group that is never told again.
constexpr milliseconds forever = std::chrono::hours{24 * 365};

Json object_of(const alerts::Labels& labels) {
    auto object = Json::object();
    for (const auto& [name, value] : labels) {
        object[name] = value;
    }
    return object;
}

}  // namespace

Request alertmanager_request(Telling& telling) {
    const auto again = telling.message().told_again_after;
    const auto lasts_until = telling.now() + (again > 0ms ? again + grace : forever);
    auto all = Json::array();
    for (const auto& one : telling.message().alerts) {
        Json alert;
        alert["labels"] = object_of(one.labels);
        alert["annotations"] = object_of(one.annotations);
        alert["startsAt"] = to_rfc3339(one.starts_at);
        alert["endsAt"] = to_rfc3339(one.is_resolved ? one.ends_at : lasts_until);
        if (auto url = generator_url(one, telling.external_url()); !url.empty()) {
            alert["generatorURL"] = std::move(url);
        }
        all.push_back(std::move(alert));
    }
    return json_request(telling.receiver(), base_of(telling.channel().text("url")) + "/api/v2/alerts", all);
}

}  // namespace vigie::controller::notify

// The fields in the order of Alertmanager's own messages.
#include "controller/notify/payload.hpp"

#include <nlohmann/json.hpp>

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::ordered_json;

// Go's zero time, which Alertmanager sends as the end of what has not ended.
constexpr const char* no_time = "0001-01-01T00:00:00Z";

Json object_of(const alerts::Labels& labels) {
    auto object = Json::object();
    for (const auto& [name, value] : labels) {
        object[name] = value;
    }
    return object;
}

Json alert_of(const alerts::Notification& one, const std::string& external_url) {
    Json alert;
    alert["status"] = one.is_resolved ? "resolved" : "firing";
    alert["labels"] = object_of(one.labels);
    alert["annotations"] = object_of(one.annotations);
    alert["startsAt"] = to_rfc3339(one.starts_at);
    alert["endsAt"] = one.is_resolved ? to_rfc3339(one.ends_at) : no_time;
    alert["generatorURL"] = generator_url(one, external_url);
    alert["fingerprint"] = alerts::fingerprint(one.labels);
    return alert;
}

}  // namespace

std::string generator_url(const alerts::Notification& one, const std::string& external_url) {
    const bool is_alert = !external_url.empty() && !one.alert_id.empty();
    return is_alert ? fmt::format("{}/alerts/{}", external_url, one.alert_id) : external_url;
}

std::string webhook_json(const Message& message, const std::string& external_url) {
    Json told;
    told["receiver"] = message.receiver;
    told["status"] = is_firing(message) ? "firing" : "resolved";
    told["alerts"] = Json::array();
    for (const auto& one : message.alerts) {
        told["alerts"].push_back(alert_of(one, external_url));
    }
    told["groupLabels"] = object_of(message.group_labels);
    told["commonLabels"] = object_of(common(message, &alerts::Notification::labels));
    told["commonAnnotations"] = object_of(common(message, &alerts::Notification::annotations));
    told["externalURL"] = external_url;
    told["version"] = "4";
    told["groupKey"] = message.group_key;
    told["truncatedAlerts"] = message.truncated;
    return told.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vigie::controller::notify

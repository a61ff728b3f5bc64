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

// {alertname="A", instance="web-1"}, with Go's quoting of \, " and line breaks.
std::string quoted(const alerts::Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        text += fmt::format("{}{}=\"", text.empty() ? "" : ", ", name);
        for (const char c : value) {
            text += c == '\n' ? std::string("\\n") : c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
        }
        text += '"';
    }
    return "{" + text + "}";
}

}  // namespace

std::string webhook_json(const alerts::Notification& notification, const std::string& external_url) {
    const auto* status = notification.is_resolved ? "resolved" : "firing";
    const auto labels = object_of(notification.labels);
    const auto annotations = object_of(notification.annotations);
    Json alert;
    alert["status"] = status;
    alert["labels"] = labels;
    alert["annotations"] = annotations;
    alert["startsAt"] = to_rfc3339(notification.starts_at);
    alert["endsAt"] = notification.is_resolved ? to_rfc3339(notification.ends_at) : no_time;
    alert["generatorURL"] =
        external_url.empty() ? "" : fmt::format("{}/alerts/{}", external_url, notification.alert_id);
    alert["fingerprint"] = alerts::fingerprint(notification.labels);
    Json message;
    message["receiver"] = notification.receiver;
    message["status"] = status;
    message["alerts"] = Json::array({std::move(alert)});
    message["groupLabels"] = labels;
    message["commonLabels"] = labels;
    message["commonAnnotations"] = annotations;
    message["externalURL"] = external_url;
    message["version"] = "4";
    message["groupKey"] = "{}:" + quoted(notification.labels);
    message["truncatedAlerts"] = 0;
    return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vigie::controller::notify

// A message of two alerts, and the request that a channel of an alertmanager.yml makes of it.
#pragma once
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "controller/notify/channels/channels.hpp"
#include "controller/routing/routing_file.hpp"
#include "controller/rules/faults.hpp"

namespace vigie::controller::notify {

// What breaks the markup of one channel or another when it is put in as it is.
constexpr const char* nasty = R"(disk <10% a-b_c & "é")";

struct ChannelWorldOf {
    routing::Routing routing;
    Receiver receiver;
    Message message;
    std::vector<std::string> failures;
    std::string key = "0123456789abcdef-1";

    // The first channel of the first receiver. `entry`: "slack_configs: [{api_url: …}]", indented by two.
    explicit ChannelWorldOf(const std::string& entry, const std::string& global = "{}") {
        const auto text =
            "global: " + global + "\nroute: {receiver: team}\nreceivers:\n- name: team\n  " + entry + "\n";
        auto read = routing::read_routing_file(text, "a.yml");
        BOOST_REQUIRE_MESSAGE(read.faults.empty(), (read.faults.empty() ? "" : read.faults.front().text()));
        routing = std::move(read.routing);
        receiver.name = "team/x/0";
        receiver.channel = routing.receivers.at(0).channels.at(0);
        receiver.ca_file = receiver.channel.http.ca_file;
        message.receiver = "team";
        message.group_key = R"({}:{alertname="DiskFull"})";
        message.group_labels = {{"alertname", "DiskFull"}};
        message.alerts = {alert("web-1", false), alert("web-2", true)};
    }

    static alerts::Notification alert(const std::string& instance, bool is_resolved) {
        alerts::Notification one;
        one.alert_id = "a-" + instance;
        one.is_resolved = is_resolved;
        one.labels = {{"alertname", "DiskFull"}, {"instance", instance}, {"severity", "page"}};
        one.annotations = {{"summary", nasty}};
        one.starts_at = wall_from_unix_ms(1'800'000'000'000);  // 2027-01-15T08:00:00Z
        one.ends_at = is_resolved ? wall_from_unix_ms(1'800'000'060'000) : WallTime{};
        return one;
    }

    void resolve() { message.alerts = {alert("web-1", true), alert("web-2", true)}; }

    Request request() {
        const ChannelWorld world{routing.definitions, "https://vigie.example.org"};
        Telling telling(receiver, message, key, world, wall_from_unix_ms(1'800'000'090'000));
        auto made = make_request(telling);
        failures = telling.failures();
        return made;
    }
    nlohmann::json body() { return nlohmann::json::parse(request().body); }
};

inline std::string text_at(const nlohmann::json& json, const std::string& pointer) {
    const auto& found = json.at(nlohmann::json::json_pointer(pointer));
    return found.is_string() ? found.get<std::string>() : found.dump();
}

}  // namespace vigie::controller::notify

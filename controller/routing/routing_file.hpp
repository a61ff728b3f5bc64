// alertmanager.yml, as Alertmanager 0.25 has it: global, route, inhibit_rules, receivers, time_intervals,
// mute_time_intervals, templates. All faults are told, with file, line and column; what is not obeyed is one.
#pragma once
#include "controller/routing/inhibition.hpp"
#include "controller/routing/route.hpp"
#include "controller/routing/time_interval.hpp"
#include "controller/rules/faults.hpp"

namespace vigie::controller::routing {

// One entry of a receiver's webhook_configs. A member with _file in its name is the path of a file whose first line
// counts; "" when there is none.
struct WebhookTarget {
    std::string url;
    std::string url_file;
    bool is_resolved_sent = true;
    size_t alerts_max = 0;  // in one message; 0: no limit
    std::string user;       // of basic authentication
    std::string password;
    std::string password_file;
    std::string authorization_type = "Bearer";
    std::string credentials;
    std::string credentials_file;
    std::string ca_file;
    std::string place;  // "alertmanager.yml:12", for messages
};

struct FileReceiver {
    std::string name;
    std::vector<WebhookTarget> webhooks;  // none: whoever is routed here hears nothing
    int line = 0;
};

using TimeIntervals = std::map<std::string, std::vector<TimeInterval>, std::less<>>;

struct Routing {
    std::optional<Route> root;  // nothing when there is no file
    std::vector<InhibitRule> inhibit_rules;
    TimeIntervals intervals;
    std::vector<FileReceiver> receivers;
};

struct RoutingFile {
    Routing routing;
    std::vector<rules::Fault> faults;
};

// `file` is for messages.
RoutingFile read_routing_file(std::string_view text, const std::string& file);
// The same, with the first fault as the error.
Result<Routing> parse_routing_file(std::string_view text, const std::string& file);

}  // namespace vigie::controller::routing

// alertmanager.yml, as Alertmanager 0.25 has it: global, route, inhibit_rules, receivers, time_intervals,
// mute_time_intervals, templates. All faults are told, with file, line and column; what is not obeyed is one.
#pragma once
#include "controller/routing/channel_config.hpp"
#include "controller/routing/inhibition.hpp"
#include "controller/routing/route.hpp"
#include "controller/routing/time_interval.hpp"
#include "controller/rules/faults.hpp"

namespace vigie::controller::routing {

// One entry of a receiver's webhook_configs.
struct WebhookTarget : HttpSettings {
    std::string url;
    std::string url_file;
    bool is_resolved_sent = true;
    size_t alerts_max = 0;  // in one message; 0: no limit
    std::string place;      // "alertmanager.yml:12", for messages
};

struct FileReceiver {
    std::string name;
    std::vector<WebhookTarget> webhooks;
    std::vector<ChannelConfig> channels;  // of other kinds. Neither: whoever is routed here hears nothing
    int line = 0;
};

using TimeIntervals = std::map<std::string, std::vector<TimeInterval>, std::less<>>;

struct Routing {
    std::optional<Route> root;  // nothing when there is no file
    std::vector<InhibitRule> inhibit_rules;
    TimeIntervals intervals;
    std::vector<FileReceiver> receivers;
    std::vector<std::string> template_files;      // as `templates` names them: paths, whose last part may have *
    rules::templates::Definitions definitions{};  // what messages can include: Vigie's, and those of the files

    bool has_channels() const;  // of other kinds than webhooks
};

struct RoutingFile {
    Routing routing;
    std::vector<rules::Fault> faults;
};

// `file` is for messages.
RoutingFile read_routing_file(std::string_view text, const std::string& file);
// The same, with the first fault as the error.
Result<Routing> parse_routing_file(std::string_view text, const std::string& file);

// Adds what the text of one of `templates` defines. The error names file, line and column.
Result<void> add_definitions(Routing& routing, std::string_view text, const std::string& file);
// not_found, with the place of the channel, when a message includes a template that is not there.
Result<void> check_includes(const Routing& routing);

}  // namespace vigie::controller::routing

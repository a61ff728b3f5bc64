// The parts of alertmanager.yml, one reader each. They add to `faults` what is wrong.
#pragma once
#include "controller/routing/channel_schema.hpp"
#include "controller/routing/routing_file.hpp"

namespace vigie::controller::routing {

// What parts must know of the whole file.
struct FileContext {
    std::string_view text{};
    std::string file{};
    const config::Node* global = nullptr;  // nullptr when absent
    const config::Node* http = nullptr;    // global's http_config, which a receiver's own replaces; nullptr when absent
};

FileReceiver read_receiver(const config::Node& node, const FileContext& context, rules::Faults& faults);
// One entry of the kind's list, with what `global` and the defaults say where it is silent.
ChannelConfig read_channel(const config::Node& node, const ChannelKind& kind, const FileContext& context,
                           rules::Faults& faults);
// What one key alone does not show: that values go together, and have the form that their service asks for.
void check_channel(const ChannelConfig& channel, const config::Node& node, rules::Faults& faults);
void read_http(const config::Node& node, HttpSettings& into, rules::Faults& faults);
void read_tls(const config::Node& node, HttpSettings& into, rules::Faults& faults);
// One entry of `time_intervals`.
TimeInterval read_interval_part(const config::Node& node, rules::Faults& faults);
// The interval's parts; `name` is set when it has one.
std::vector<TimeInterval> read_time_interval(const config::Node& node, std::string& name, rules::Faults& faults);
InhibitRule read_inhibit_rule(const config::Node& node, rules::Faults& faults);
// Those of `match`, `match_re` and `matchers` in one, under keys with the prefix ("source_").
Matchers read_matchers(rules::Fields& fields, const std::string& prefix, rules::Faults& faults);
// A route with all below it; `above`: what it takes over where it says nothing itself.
Route read_route(const config::Node& node, const RouteOptions& above, rules::Faults& faults, int depth = 0);
// `key`: what it stands under.
void check_label_name(const config::Node& name, std::string_view key, rules::Faults& faults);
bool read_flag(rules::Fields& fields, std::string_view key, bool fallback, rules::Faults& faults);

}  // namespace vigie::controller::routing

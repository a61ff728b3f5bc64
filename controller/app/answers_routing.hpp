// The operators' verbs about who is told of what: silences, maintenance, and the routes of alerts.
#pragma once
#include "controller/app/answers.hpp"
#include "controller/maintenance/in_force.hpp"
#include "controller/routing/routing_file.hpp"

namespace vigie::controller {

// What they need besides Sources. Everything outlives the desk.
struct RoutingSources {
    const routing::Routing& routing;
    std::vector<WebhookConfig> webhooks;       // which hear of every alert
    std::function<void()> silences_changed{};  // after a commit
    alerts::Labels external_labels{};          // of the configuration; routes see them too
    const maintenance::Maintenance& maintenance = maintenance::no_maintenance;
};

void add_silence_answers(Desk& desk, const Sources& sources, const RoutingSources& routing);
void add_maintenance_answers(Desk& desk, const Sources& sources, const RoutingSources& routing);
void add_route_answers(Desk& desk, const Sources& sources, const RoutingSources& routing);  // alerts routes

}  // namespace vigie::controller

// The operators' verbs about who is told of what: silences, and the routes of alerts.
#pragma once
#include "controller/app/answers.hpp"
#include "controller/routing/routing_file.hpp"

namespace vigie::controller {

// What they need besides Sources. Everything outlives the desk.
struct RoutingSources {
    const routing::Routing& routing;
    std::vector<WebhookConfig> webhooks;       // which hear of every alert
    std::function<void()> silences_changed{};  // after a commit
};

void add_silence_answers(Desk& desk, const Sources& sources, const RoutingSources& routing);
void add_route_answers(Desk& desk, const Sources& sources, const RoutingSources& routing);  // alerts routes

}  // namespace vigie::controller

// The tree of routes: which receivers hear of an alert, and with which others in one message.
#pragma once
#include "controller/routing/matcher.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::routing {

// What a route takes over from the one above it. The defaults are Alertmanager's.
struct RouteOptions {
    std::string receiver;
    bool is_grouped_by_all = false;     // group_by: ['...']
    std::vector<std::string> group_by;  // sorted
    milliseconds group_wait{30'000};
    milliseconds group_interval = std::chrono::minutes{5};  // 0: whatever changes is told at once
    milliseconds repeat_interval = std::chrono::hours{4};   // 0: never
    bool operator==(const RouteOptions&) const = default;
};

struct Route {
    Matchers matchers;  // sorted; the root has none
    RouteOptions options;
    std::vector<std::string> mute_intervals;    // not taken over by routes below
    std::vector<std::string> active_intervals;  // none: always active
    bool is_continued = false;                  // the next route of the same level is looked at too
    std::vector<Route> routes;
    std::string key;  // {}/{team="a"}: the beginning of its groups' keys
    int line = 0;     // of the file
    // Where its own receiver is named; 0: it takes over that of the route above.
    int receiver_line = 0;
    int receiver_column = 0;
};

// The routes that an alert takes, the deepest of each branch, in the order of the tree. Never empty for a root. They
// point into `root`.
std::vector<const Route*> routes_of(const Route& root, const Labels& labels);

// Those of the alert's labels that it is grouped by.
Labels group_labels(const RouteOptions& options, const Labels& labels);
// {}/{team="a"}:{alertname="A", instance="web-1"}
std::string group_key(const Route& route, const Labels& group_labels);

}  // namespace vigie::controller::routing

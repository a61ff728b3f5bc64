// Who was to be told of a transition, and what held it back, as the configuration is now and as silences, runs and
// other alerts were then. Any thread.
#pragma once
#include "controller/alerts/rows.hpp"
#include "controller/app/answers_routing.hpp"
#include "controller/query/budget.hpp"

namespace vigie::controller {

class RoutesThen {
  public:
    // Reads silences and alerts. Keeps the references. Once the budget is spent no more histories are read: then an
    // alert that may have inhibited another is told as one of which that is not known.
    static Result<RoutesThen> open(const StateStore& store, const RoutingSources& routing, query::Budget& budget);

    // Of each route that the alert takes `receiver`, `route`, `group`, `at` (when it was to be told: after the route's
    // group_wait when it fired) and `held`: list of `by` (silence, maintenance, run, inhibition, mute_interval,
    // active_interval, send_resolved), `id` (of the silence, the run or the alert, or the window's name; "" for none)
    // and `why`.
    Result<Json> of(const alerts::AlertRecord& alert, const alerts::Transition& transition) const;

  private:
    RoutesThen(const StateStore& store, const RoutingSources& routing, query::Budget& budget)
        : store_(store), routing_(routing), budget_(budget) {}
    void add_silences(const alerts::Labels& labels, WallTime at, Json& held) const;
    void add_maintenance(const alerts::Labels& labels, WallTime at, Json& held) const;
    Result<void> add_inhibition(const alerts::AlertRecord& alert, const alerts::Labels& labels, WallTime at,
                                Json& held) const;
    void add_intervals(const routing::Route& route, WallTime at, Json& held) const;
    Result<bool> was_open(const alerts::AlertRecord& alert, WallTime at) const;

    const StateStore& store_;
    const RoutingSources& routing_;
    query::Budget& budget_;
    mutable bool is_spent_ = false;                                             // the budget tells it once
    mutable std::map<std::string, std::vector<alerts::Transition>> histories_;  // by alert, as they are read
    std::vector<routing::Silence> silences_;
    maintenance::InForce in_force_;
    std::vector<alerts::AlertRecord> sources_;  // alerts that an inhibition rule may take for its source
};

}  // namespace vigie::controller

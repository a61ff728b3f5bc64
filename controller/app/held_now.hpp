// What keeps alerts from being told of now, whatever their routes: silences, maintenance, runs and other alerts. A copy
// of what the store had when it was read.
#pragma once
#include <span>

#include "controller/alerts/rows.hpp"
#include "controller/app/answers_routing.hpp"
#include "controller/routing/inhibition.hpp"
#include "controller/routing/silence.hpp"

namespace vigie::controller {

class HeldNow {
  public:
    // `all`: every alert, of which those that are open may inhibit others. Keeps `routing`. Any thread.
    static Result<HeldNow> read(const StateStore& store, const RoutingSources& routing,
                                std::span<const alerts::AlertRecord> all, WallTime now);

    // `by` is silence, maintenance, run or inhibition; `id` that of the silence or run, or the window's name.
    std::vector<maintenance::Held> of(const routing::Labels& labels) const;
    // As a row of an answer has it: `held`, the words of what holds it ("silence,run"; null for nothing), and
    // `held_why`, a sentence for each.
    void add_fields(const alerts::AlertRecord& alert, Json& row) const;

  private:
    HeldNow(const RoutingSources& routing, WallTime now)
        : routing_(&routing), now_(now), inhibitor_(routing.routing.inhibit_rules) {}

    const RoutingSources* routing_;
    WallTime now_;
    std::vector<routing::Silence> silences_;
    maintenance::InForce in_force_;
    routing::Inhibitor inhibitor_;
};

}  // namespace vigie::controller

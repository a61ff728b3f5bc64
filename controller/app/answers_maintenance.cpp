// maintenance: what the configuration foresees to hold alerts back, and what of it does now.
#include "controller/app/answers_routing.hpp"

namespace vigie::controller {
namespace {

Json row_of(const maintenance::Window& window, WallTime now) {
    return Json{{"kind", "window"},
                {"name", window.name},
                {"state", maintenance::is_open(window, now) ? "open" : "closed"},
                {"host", ""},
                {"alerts", routing::text_of(window.matchers)},
                {"run", nullptr},
                {"until", nullptr}};
}

Json row_of(const maintenance::RunHold& holding) {
    std::vector<std::string> alerts;
    for (const auto& matchers : holding.hold->alerts) {
        alerts.push_back(routing::text_of(matchers));
    }
    return Json{{"kind", "run"},
                {"name", holding.run.job},
                {"state", holding.run.over_at ? "over" : "under way"},
                {"host", holding.run.agent.value},
                {"alerts", fmt::format("{}", fmt::join(alerts, " or "))},
                {"run", holding.run.run.value},
                {"until", to_rfc3339(holding.until)}};
}

Result<Json> list(const Sources& s, const RoutingSources& routing) {
    const auto now = s.clock.wall();
    VIGIE_TRY(const auto in_force, maintenance::InForce::read(routing.maintenance, s.store, now));
    auto rows = Json::array();
    for (const auto& window : routing.maintenance.windows) {
        rows.push_back(row_of(window, now));
    }
    for (const auto& holding : in_force.runs(now)) {
        rows.push_back(row_of(holding));
    }
    return rows;
}

}  // namespace

void add_maintenance_answers(Desk& desk, const Sources& sources, const RoutingSources& routing) {
    desk.answer("maintenance.list", Role::viewer, {},
                [&sources, &routing](const Request&) { return list(sources, routing); });
}

}  // namespace vigie::controller

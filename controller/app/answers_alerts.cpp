// alerts: list and show. A host that is gone from the fleet has no labels, so any -l leaves its alerts out.
#include "controller/app/answers.hpp"

namespace vigie::controller {
namespace {

using alerts::AlertRecord;
using alerts::Phase;

Json row_of(const AlertRecord& alert) {
    const auto summary = alert.annotations.find("summary");
    const auto description = alert.annotations.find("description");
    return {{"id", alert.id},
            {"state", alerts::name_of(alert.state.phase)},
            {"is_open", alert.state.is_open},
            {"alertname", alert.name},
            {"host", alert.agent.value},
            {"value", number_or_null(alert.value)},
            {"active_since", to_rfc3339(alert.state.active_since)},
            {"changed_at", to_rfc3339(alert.state.changed_at)},
            {"summary", summary != alert.annotations.end()       ? summary->second
                        : description != alert.annotations.end() ? description->second
                                                                 : alert.expression},
            {"expression", alert.expression},
            {"labels", alert.labels},
            {"annotations", alert.annotations}};
}

bool is_wanted(const AlertRecord& alert, const std::string& state) {
    if (state.empty()) {
        return alert.state.phase == Phase::pending || alert.state.phase == Phase::firing ||
               alert.state.phase == Phase::no_data;
    }
    return state == "all" ? alert.state.phase != Phase::inactive : state == alerts::name_of(alert.state.phase);
}

Result<void> check_state(const std::string& state) {
    for (const auto phase : {Phase::pending, Phase::firing, Phase::no_data, Phase::resolved}) {
        if (state == alerts::name_of(phase)) {
            return {};
        }
    }
    if (!state.empty() && state != "all") {
        return fail(ErrorCode::malformed, "'{}' is not a state of an alert: pending, firing, no_data, resolved or all",
                    state);
    }
    return {};
}

Result<Json> list(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto state, request.text("state"));
    VIGIE_CHECK(check_state(state));
    VIGIE_TRY(const auto found, alerts::list_alerts(s.store));
    Json rows = Json::array();
    for (const auto& alert : found) {
        const auto* host = s.watch.fleet().find(alert.agent);
        VIGIE_TRY(const bool selected, is_selected(request, host != nullptr ? *host : Host{.id = alert.agent}));
        if (selected && is_wanted(alert, state)) {
            rows.push_back(row_of(alert));
        }
    }
    return rows;
}

Result<Json> show(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto id, request.required_text("id"));
    VIGIE_TRY(const auto details, alerts::show_alert(s.store, id));
    auto shown = row_of(details.alert);
    shown["template_failures"] = details.alert.template_failures;
    shown["history"] = Json::array();
    for (const auto& transition : details.history) {
        shown["history"].push_back({{"at", to_rfc3339(transition.at)},
                                    {"from", alerts::name_of(transition.from)},
                                    {"to", alerts::name_of(transition.to)},
                                    {"value", number_or_null(transition.value)},
                                    {"cause", transition.cause}});
    }
    return shown;
}

}  // namespace

void add_alert_answers(Desk& desk, const Sources& sources) {
    desk.answer("alerts.list", Role::viewer, {"state", "labels"},
                [&sources](const Request& r) { return list(sources, r); });
    desk.answer("alerts.show", Role::viewer, {"id"}, [&sources](const Request& r) { return show(sources, r); });
}

}  // namespace vigie::controller

// alerts: list and show. A host that is gone from the fleet has no labels, so any -l leaves its alerts out.
#include "controller/app/answers_oncall.hpp"
#include "controller/app/short_ids.hpp"
#include "controller/rules/alert_text.hpp"
#include "controller/series/select.hpp"

namespace vigie::controller {
namespace {

using alerts::AlertRecord;
using alerts::Phase;

// What an alert's series says now, and the summary that its rule makes of it. What was true when the alert changed
// stands in its history.
struct Now {
    double value = 0;
    WallTime at{};
    std::string summary;
};

const std::string* text_among(const alerts::Labels& annotations) {
    for (const auto* name : {"summary", "description"}) {
        if (const auto found = annotations.find(name); found != annotations.end()) {
            return &found->second;
        }
    }
    return nullptr;
}

std::string summary_of(const AlertRecord& alert, const alerts::Labels& annotations) {
    const auto* text = text_among(annotations);
    return text != nullptr ? *text : alert.expression;
}

// The selector of which the alert's value is the newest one; null when the rule reckons with values, or with more than
// one host's.
const query::Selector* selector_of(const Sources& s, const rules::Rule& rule) {
    const bool is_of_host = rule.presence && s.records.rules().is_judged_at_once(rule);
    return is_of_host ? std::get_if<query::Selector>(&query::bare(rule.presence->expression.root()).node) : nullptr;
}

// Reads the newest values of a host's metric once for all alerts of one question.
class NewestValues {
  public:
    explicit NewestValues(const Sources& s) : s_(s) {}

    // Nothing when the series has no current value.
    Result<std::optional<Point>> of(const AlertRecord& alert, const query::Selector& selector) {
        const std::pair place(alert.agent, selector.name);
        auto found = by_metric_.find(place);
        if (found == by_metric_.end()) {
            VIGIE_TRY(auto newest, latest(s_.store, alert.agent, selector.name, s_.clock.wall()));
            found = by_metric_.emplace(place, std::move(newest)).first;
        }
        for (const auto& series : found->second) {
            auto labels = series.labels;
            labels.erase("__name__");
            const bool is_selected = std::all_of(selector.matchers.begin(), selector.matchers.end(),
                                                 [&series](const auto& one) { return one.is_match(series.labels); });
            if (labels == alert.series && is_selected) {
                return series.points.back();
            }
        }
        return std::nullopt;
    }

  private:
    const Sources& s_;
    std::map<std::pair<AgentId, std::string>, std::vector<SelectedSeries>> by_metric_;
};

bool is_active(const AlertRecord& alert) {
    return alert.state.phase == Phase::pending || alert.state.phase == Phase::firing;
}

Result<Now> now_of(const Sources& s, const AlertRecord& alert, NewestValues& newest) {
    Now now{alert.value, alert.state.changed_at, summary_of(alert, alert.annotations)};
    if (!is_active(alert)) {
        return now;
    }
    if (const auto* host = s.watch.fleet().find(alert.agent);
        host != nullptr && is_own(alert) && alert.name == alerts::clock_skewed) {
        now.value = static_cast<double>(host->clock_ahead.count()) / 1000;
        now.at = host->last_heard_at.value_or(now.at);
        return now;
    }
    const auto* rule = s.records.rules().find(alert.rule_key);
    const auto* selector = rule == nullptr ? nullptr : selector_of(s, *rule);
    if (selector == nullptr) {
        return now;
    }
    VIGIE_TRY(const auto point, newest.of(alert, *selector));
    if (point && point->at >= alert.state.changed_at) {
        now = {point->value, point->at,
               summary_of(alert, rules::expand_alert(*rule, alert.series, point->value).annotations)};
    }
    return now;
}

Result<Json> row_of(const Sources& s, const AlertRecord& alert, NewestValues& newest) {
    VIGIE_TRY(const auto now, now_of(s, alert, newest));
    VIGIE_TRY(const auto short_id, short_id_in(s.store, Family::alerts, "s", alert.id));
    const auto& state = alert.state;
    return Json{{"id", alert.id},
                {"short_id", short_id},
                {"state", alerts::name_of(state.phase)},
                {"is_open", state.is_open},
                {"is_flapping", state.is_flapping()},
                {"alertname", alert.name},
                {"host", alerts::host_of(alert)},
                {"value", number_or_null(now.value)},
                {"value_at", to_rfc3339(now.at)},
                {"active_since", to_rfc3339(state.active_since)},
                {"since", to_rfc3339(state.is_open ? state.fired_at : state.active_since)},
                {"fired_at", state.fired_at == WallTime{} ? Json(nullptr) : Json(to_rfc3339(state.fired_at))},
                {"changed_at", to_rfc3339(state.changed_at)},
                {"summary", now.summary},
                {"expression", alert.expression},
                {"labels", alert.labels},
                {"annotations", alert.annotations}};
}

bool is_wanted(const AlertRecord& alert, const std::string& state) {
    if (state.empty()) {
        return is_active(alert) || alert.state.phase == Phase::no_data;
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
    NewestValues newest(s);
    VIGIE_TRY(const auto episodes, oncall::list_episodes(s.store));
    for (const auto& alert : found) {
        const AgentId agent{alerts::host_of(alert)};
        const auto* host = s.watch.fleet().find(agent);
        VIGIE_TRY(const bool selected, is_selected(request, host != nullptr ? *host : Host{.id = agent}));
        if (selected && is_wanted(alert, state)) {
            VIGIE_TRY(auto row, row_of(s, alert, newest));
            add_episode_fields(s.records.oncall(), episodes, alert, row);
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

Result<Json> show(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto given, request.required_text("id"));
    VIGIE_TRY(const auto id, whole_id(s.store, Family::alerts, "s", given, "alert"));
    VIGIE_TRY(const auto details, alerts::show_alert(s.store, id));
    NewestValues newest(s);
    VIGIE_TRY(auto shown, row_of(s, details.alert, newest));
    VIGIE_TRY(const auto episodes, oncall::list_episodes(s.store));
    add_episode_fields(s.records.oncall(), episodes, details.alert, shown);
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

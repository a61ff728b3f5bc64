// alerts: list and show. A host that is gone from the fleet has no labels, so any -l leaves its alerts out.
#include "controller/app/answers_oncall.hpp"
#include "controller/app/answers_series.hpp"
#include "controller/app/held_now.hpp"
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
const query::Selector* selector_of(const rules::RuleSet& rules, const rules::Rule& rule) {
    const bool is_of_host = rule.presence && rules.is_judged_at_once(rule);
    return is_of_host ? std::get_if<query::Selector>(&query::bare(rule.presence->expression.root()).node) : nullptr;
}

// Reads the newest values of a host's metric once for all alerts of one question.
class NewestValues {
  public:
    NewestValues(const StateStore& store, WallTime now) : store_(store), now_(now) {}

    // Nothing when the series has no current value.
    Result<std::optional<Point>> of(const AlertRecord& alert, const query::Selector& selector) {
        const std::pair place(alert.agent, selector.name);
        auto found = by_metric_.find(place);
        if (found == by_metric_.end()) {
            VIGIE_TRY(auto newest, latest(store_, alert.agent, selector.name, now_));
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
    const StateStore& store_;
    WallTime now_;
    std::map<std::pair<AgentId, std::string>, std::vector<SelectedSeries>> by_metric_;
};

bool is_active(const AlertRecord& alert) {
    return alert.state.phase == Phase::pending || alert.state.phase == Phase::firing;
}

// What the fleet, which is the loop's own, says of a host.
struct HostNow {
    bool is_selected = false;
    milliseconds clock_ahead{0};
    std::optional<WallTime> heard_at{};
};

// What alerts are shown by, away from the loop.
struct Shown {
    const StateStore& store;
    const rules::RuleSet& rules;
    const RoutingSources& routing;
    EpisodeSources episodes;
    WallTime now;
    std::unordered_map<AgentId, HostNow> hosts{};
    bool are_others_selected = false;  // hosts that the fleet does not know
};

Shown shown_by(const Sources& s, const RoutingSources& routing) {
    return {s.store, s.records.rules(), routing, episode_sources(s, routing), s.clock.wall()};
}

Result<void> add_host(const Request& request, const Host& host, Shown& shown) {
    VIGIE_TRY(const bool is_chosen, is_selected(request, host));
    shown.hosts.emplace(host.id, HostNow{is_chosen, host.clock_ahead, host.last_heard_at});
    return {};
}

Result<Now> now_of(const Shown& s, const AlertRecord& alert, NewestValues& newest) {
    Now now{alert.value, alert.state.changed_at, summary_of(alert, alert.annotations)};
    if (!is_active(alert)) {
        return now;
    }
    if (const auto host = s.hosts.find(alert.agent);
        host != s.hosts.end() && is_own(alert) && alert.name == alerts::clock_skewed) {
        now.value = static_cast<double>(host->second.clock_ahead.count()) / 1000;
        now.at = host->second.heard_at.value_or(now.at);
        return now;
    }
    const auto* rule = s.rules.find(alert.rule_key);
    const auto* selector = rule == nullptr ? nullptr : selector_of(s.rules, *rule);
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

Json row_of(const AlertRecord& alert, const Now& now, const std::string& short_id) {
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

bool is_chosen(const Shown& shown, const AlertRecord& alert) {
    const auto host = shown.hosts.find(AgentId{alerts::host_of(alert)});
    return host == shown.hosts.end() ? shown.are_others_selected : host->second.is_selected;
}

Result<Json> list(const Shown& shown, const std::string& state, const std::atomic<bool>& is_cancelled) {
    VIGIE_TRY(const auto all, alerts::list_alerts(shown.store));
    VIGIE_TRY(const auto episodes, oncall::list_episodes(shown.store));
    VIGIE_TRY(const auto held, HeldNow::read(shown.store, shown.routing, all, shown.now));
    std::set<std::string> ids;
    for (const auto& alert : all) {
        ids.insert(alert.id);
    }
    const auto shorts = short_ids(ids);
    NewestValues newest(shown.store, shown.now);
    Json rows = Json::array();
    for (const auto& alert : all) {
        if (is_cancelled) {
            return fail(ErrorCode::cancelled, "the list of alerts is not wanted any more");
        }
        if (is_chosen(shown, alert) && is_wanted(alert, state)) {
            VIGIE_TRY(const auto now, now_of(shown, alert, newest));
            auto row = row_of(alert, now, shorts.at(alert.id));
            held.add_fields(alert, row);
            VIGIE_CHECK(add_episode_fields(shown.episodes, episodes, alert, row));
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

// What the list is made from; the rest is for the pool.
Result<Shown> shown_in_list(const Sources& s, const RoutingSources& routing, const Request& request) {
    auto shown = shown_by(s, routing);
    for (const auto* host : s.watch.fleet().hosts()) {
        VIGIE_CHECK(add_host(request, *host, shown));
    }
    VIGIE_TRY(shown.are_others_selected, is_selected(request, Host{}));
    return shown;
}

void answer_list(const Sources& s, const RoutingSources& routing, QueryRunner& runner, const Request& request,
                 const LineServer::Reply& reply) {
    const auto state = request.text("state");
    const auto known = state ? check_state(*state) : fail(state.error());
    auto shown = known ? shown_in_list(s, routing, request) : fail(known.error());
    if (!shown) {
        return reply(encode_answer(fail(shown.error())));
    }
    answer_on_pool(runner, s.clock, reply,
                   [shown = std::move(*shown), state = *state](query::Budget&, const std::atomic<bool>& is_cancelled) {
                       return list(shown, state, is_cancelled);
                   });
}

Result<Json> show(const Shown& s, const alerts::AlertDetails& details) {
    NewestValues newest(s.store, s.now);
    VIGIE_TRY(const auto now, now_of(s, details.alert, newest));
    VIGIE_TRY(const auto short_id, short_id_in(s.store, Family::alerts, "s", details.alert.id));
    auto shown = row_of(details.alert, now, short_id);
    VIGIE_TRY(const auto episodes, oncall::list_episodes(s.store));
    VIGIE_CHECK(add_episode_fields(s.episodes, episodes, details.alert, shown));
    VIGIE_TRY(const auto all, alerts::list_alerts(s.store));
    VIGIE_TRY(const auto held, HeldNow::read(s.store, s.routing, all, s.now));
    held.add_fields(details.alert, shown);
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

Result<alerts::AlertDetails> details_of(const StateStore& store, const Request& request) {
    VIGIE_TRY(const auto given, request.required_text("id"));
    VIGIE_TRY(const auto id, whole_id(store, Family::alerts, "s", given, "alert"));
    return alerts::show_alert(store, id);
}

void answer_show(const Sources& s, const RoutingSources& routing, QueryRunner& runner, const Request& request,
                 const LineServer::Reply& reply) {
    auto details = details_of(s.store, request);
    auto shown = shown_by(s, routing);
    const auto* host = details ? s.watch.fleet().find(details->alert.agent) : nullptr;
    const auto added = !details          ? fail(details.error())
                       : host == nullptr ? Result<void>()
                                         : add_host(request, *host, shown);
    if (!added) {
        return reply(encode_answer(fail(added.error())));
    }
    answer_on_pool(runner, s.clock, reply,
                   [shown = std::move(shown), details = std::move(*details)](query::Budget&, const std::atomic<bool>&) {
                       return show(shown, details);
                   });
}

}  // namespace

void add_alert_answers(Desk& desk, const Sources& sources, const RoutingSources& routing, QueryRunner& runner) {
    desk.answer_encoded("alerts.list", Role::viewer, {"state", "labels"},
                        [&sources, &routing, &runner](const Request& request, const LineServer::Reply& reply) {
                            answer_list(sources, routing, runner, request, reply);
                        });
    desk.answer_encoded("alerts.show", Role::viewer, {"id"},
                        [&sources, &routing, &runner](const Request& request, const LineServer::Reply& reply) {
                            answer_show(sources, routing, runner, request, reply);
                        });
}

}  // namespace vigie::controller

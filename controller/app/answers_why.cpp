#include "controller/app/answers_why.hpp"

#include "controller/app/answers_series.hpp"
#include "controller/app/short_ids.hpp"
#include "controller/app/story_changes.hpp"
#include "controller/app/story_routes.hpp"
#include "controller/app/story_samples.hpp"
#include "controller/notify/attempt.hpp"
#include "controller/query/expression.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {

using alerts::AlertRecord;
using alerts::Phase;
using alerts::Transition;

// As it is in the rule file now; what the alert began with stands beside it as `expression`.
Json rule_of(const rules::RuleSet& rules, const AlertRecord& alert) {
    const auto* rule = rules.find(alert.rule_key);
    if (rule == nullptr) {
        return nullptr;  // the controller's own, or its file has it no more
    }
    return Json{{"group", rule->group},
                {"file", rule->file},
                {"line", rule->line},
                {"expression", rule->expression.text()},
                {"clear", rule->clear ? Json(rule->clear->text()) : Json(nullptr)},
                {"for", format_duration(rule->hold)},
                {"keep_firing_for", format_duration(rule->keep_firing)},
                {"is_damped", rule->is_damped},
                {"judged", rules.is_judged_at_once(*rule) ? "at once" : "by its group"}};
}

// Of a group of rules it is when the group was evaluated, over what all hosts had sent.
Json cursor_of(const alerts::EvaluationCursor& cursor, bool is_of_group) {
    if (cursor == alerts::EvaluationCursor{}) {
        return nullptr;
    }
    const auto stream = fmt::format("{:016x}", cursor.incarnation);  // JSON's numbers end at 2^53
    return Json{{"stream", is_of_group ? Json(nullptr) : Json(stream)},
                {"entry", is_of_group ? Json(nullptr) : Json(cursor.seq)},
                {"sampled_at", to_rfc3339(cursor.sampled_at)}};
}

Json transition_row(const Transition& transition, bool is_of_group) {
    return Json{{"at", to_rfc3339(transition.at)},
                {"recorded_at", to_rfc3339(transition.recorded_at)},
                {"from", alerts::name_of(transition.from)},
                {"to", alerts::name_of(transition.to)},
                {"value", number_or_null(transition.value)},
                {"cause", transition.cause},
                {"cursor", cursor_of(transition.cursor, is_of_group)},
                {"samples", Json::array()},
                {"routes", Json::array()}};
}

// Which of them there was something to tell of: the alert began, or was over. Samples that came back after a gap, and
// flapping, change what is shown of an alert that is open, and page nobody.
std::vector<bool> told_among(const std::vector<Transition>& history) {
    std::vector<bool> told;
    bool is_open = !history.empty() && (history.front().from == Phase::firing);  // older ones may be erased
    for (const auto& one : history) {
        const bool is_end = one.to == Phase::resolved && one.from != Phase::resolved;
        told.push_back(one.to == Phase::firing ? !is_open : is_end);
        is_open = one.to == Phase::firing || (is_open && one.to == Phase::no_data);
    }
    return told;
}

Result<Json> transitions_of(const StateStore& store, const RoutingSources& routing, const alerts::AlertDetails& details,
                            query::Budget& budget) {
    const auto expression = query::Expression::parse(details.alert.expression);
    VIGIE_TRY(const auto routes, RoutesThen::open(store, routing, budget));
    auto rows = Json::array();
    const auto& history = details.history;
    const auto told = told_among(history);
    for (size_t i = 0; i < history.size(); ++i) {
        auto row = transition_row(history[i], alerts::is_of_group(details.alert.agent));
        if (history.size() - i <= transitions_explained_max) {
            if (expression) {
                row["samples"] = samples_around(store, *expression, details.alert.series, history[i].at, budget);
            }
            if (told[i]) {
                VIGIE_TRY(row["routes"], routes.of(details.alert, history[i]));
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

Json attempt_row(const notify::Attempt& attempt, const std::string& id) {
    const auto told = std::find_if(attempt.alerts.begin(), attempt.alerts.end(),
                                   [&id](const auto& one) { return one.alert_id == id; });
    return Json{{"at", to_rfc3339(attempt.at)},
                {"took_ms", attempt.took.count()},
                {"receiver", attempt.to.target},
                {"group", attempt.to.group},
                {"told", told->is_resolved ? "resolved" : "firing"},
                {"starts_at", to_rfc3339(told->starts_at)},
                {"alerts", attempt.alerts_total},
                {"outcome", notify::name_of(attempt.outcome)},
                {"status", attempt.status == 0 ? Json(nullptr) : Json(attempt.status)},
                {"problem", attempt.problem},
                {"idempotency_key", attempt.idempotency_key}};
}

// What of it stands in the outbox: beginnings, ends and calls that are not told to all yet.
Result<size_t> owed_of(const StateStore& store, const std::string& id) {
    size_t owed = 0;
    VIGIE_CHECK(store.scan(Family::outbox, "q", keys::after_prefix("q"), [&](std::string_view, std::string_view row) {
        const auto notification = alerts::decode_notification(row);
        owed += notification && notification->alert_id == id ? 1 : 0;
        return true;
    }));
    return owed;
}

Result<void> add_deliveries(const StateStore& store, const std::string& id, Json& story) {
    VIGIE_TRY(const auto log, notify::attempts_for(store, id));
    story["deliveries"] = Json::array();
    for (const auto& attempt : log.attempts) {
        story["deliveries"].push_back(attempt_row(attempt, id));
    }
    story["damaged"] = log.damaged;
    VIGIE_TRY(story["owed"], owed_of(store, id));
    return {};
}

// When what the alert tells of began: with the last time that its expression became true.
WallTime began_at(const alerts::AlertDetails& details) {
    auto began = details.alert.state.active_since;
    for (const auto& transition : details.history) {
        const bool was_over = transition.from == Phase::inactive || transition.from == Phase::resolved;
        const bool is_true = transition.to == Phase::pending || transition.to == Phase::firing;
        began = was_over && is_true ? transition.at : began;
    }
    return began;
}

Result<Json> before_of(const StateStore& store, const alerts::AlertDetails& details) {
    const auto at = began_at(details);
    const auto host = alerts::host_of(details.alert);
    Json before{{"host", host},
                {"from", to_rfc3339(at - changes_looked_for)},
                {"to", to_rfc3339(at)},
                {"changes", Json::array()}};
    if (host.empty()) {
        return before;  // it is about several
    }
    VIGIE_TRY(const auto changes, changes_before(store, AgentId{host}, at));
    for (const auto& change : changes) {
        before["changes"].push_back({{"at", to_rfc3339(change.at)},
                                     {"seconds_before", (at - change.at).count() / 1000},
                                     {"kind", change.kind},
                                     {"message", change.message}});
    }
    return before;
}

}  // namespace

Result<Json> alert_story(const EpisodeSources& of_episodes, const Records& records, const RoutingSources& routing,
                         const std::string& id, query::Budget& budget) {
    const auto& store = of_episodes.store;
    VIGIE_TRY(const auto details, alerts::show_alert(store, id));
    VIGIE_TRY(const auto short_id, short_id_in(store, Family::alerts, "s", id));
    const auto& alert = details.alert;
    Json story{{"id", alert.id},
               {"short_id", short_id},
               {"alertname", alert.name},
               {"host", alerts::host_of(alert)},
               {"state", alerts::name_of(alert.state.phase)},
               {"is_open", alert.state.is_open},
               {"is_flapping", alert.state.is_flapping()},
               {"changed_at", to_rfc3339(alert.state.changed_at)},
               {"labels", alert.labels},
               {"annotations", alert.annotations},
               {"expression", alert.expression},
               {"rule", rule_of(records.rules(), alert)}};
    VIGIE_TRY(const auto episodes, oncall::list_episodes(store));
    VIGIE_CHECK(add_episode_fields(of_episodes, episodes, alert, story));
    VIGIE_TRY(story["transitions"], transitions_of(store, routing, details, budget));
    VIGIE_CHECK(add_deliveries(store, id, story));
    VIGIE_TRY(story["before"], before_of(store, details));
    return story;
}

void add_why_answer(Desk& desk, const Sources& sources, const RoutingSources& routing, QueryRunner& runner) {
    desk.answer_encoded("alerts.why", Role::viewer, {"id"},
                        [&sources, &routing, &runner](const Request& request, const LineServer::Reply& reply) {
                            const auto given = request.required_text("id");
                            const auto id = given ? whole_id(sources.store, Family::alerts, "s", *given, "alert")
                                                  : Result<std::string>(fail(given.error()));
                            if (!id) {
                                return reply(encode_answer(fail(id.error())));
                            }
                            answer_on_pool(runner, sources.clock, reply,
                                           [episodes = episode_sources(sources, routing), &records = sources.records,
                                            &routing, id = *id](query::Budget& budget, const std::atomic<bool>&) {
                                               return alert_story(episodes, records, routing, id, budget);
                                           });
                        });
}

}  // namespace vigie::controller

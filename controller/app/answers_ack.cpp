// alerts ack, unack and snooze, and what alerts list and show tell of them.
#include "controller/app/answers_oncall.hpp"
#include "controller/app/short_ids.hpp"

namespace vigie::controller {
namespace {

using alerts::AlertRecord;
using oncall::Episode;

// A month: what is to be quiet for longer is silenced, or its rule is wrong.
constexpr milliseconds snooze_max = std::chrono::hours{24 * 31};

Result<std::string> id_of(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto given, request.required_text("id"));
    return whole_id(s.store, Family::alerts, alerts::alert_key(""), given, "alert");
}

// The alert as this commit will leave it. conflict when it is not open: then nothing is to be changed.
Result<AlertRecord> open_alert(const Sources& s, const StoreBatch& batch, const std::string& id) {
    VIGIE_TRY(const auto row, get_through(s.store, batch, Family::alerts, alerts::alert_key(id)));
    if (!row) {
        return fail(ErrorCode::not_found, "there is no alert '{}'", id);
    }
    VIGIE_TRY(auto alert, alerts::decode_alert(*row));
    if (!alert.state.is_open && alert.state.phase == alerts::Phase::resolved) {
        return fail(ErrorCode::conflict, "alert '{}' ({}) is resolved since {}, and stays so: nothing was changed", id,
                    alert.name, to_rfc3339(alert.state.resolved_at));
    }
    if (!alert.state.is_open) {
        return fail(ErrorCode::conflict, "alert '{}' ({}) is {} and has not fired: nothing was changed", id, alert.name,
                    alerts::name_of(alert.state.phase));
    }
    return alert;
}

using Move = std::function<Result<Episode>(const std::string& id, StoreBatch&)>;

void change(const Sources& s, const Request& request, Move move, Desk::Respond respond) {
    const auto id = id_of(s, request);
    if (!id) {
        return respond(fail(id.error()));
    }
    // Calls that a receiver has not taken yet are held back, or go out after all.
    auto telling = [&s, respond = std::move(respond)](Result<Json> answer) {
        if (answer) {
            s.after.wake_notifier();
        }
        respond(std::move(answer));
    };
    submit_change(
        s, request,
        [&s, id = *id, move = std::move(move)](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(const auto alert, open_alert(s, batch, id));
            VIGIE_TRY(auto episode, move(id, batch));
            Json row{{"id", id}, {"alertname", alert.name}, {"host", alerts::host_of(alert)}};
            add_episode_fields(s.records.oncall(), {std::move(episode)}, alert, row);
            return row;
        },
        std::move(telling));
}

Result<oncall::Hold> hold_of(const Sources& s, const Request& request, bool is_snooze) {
    oncall::Hold hold;
    hold.by = request.caller.name;
    hold.at = s.clock.wall();
    VIGIE_TRY(hold.comment, request.text("comment"));
    if (is_snooze) {
        VIGIE_TRY(const auto span, request.required_text("for"));
        VIGIE_TRY(const auto lasting, parse_duration(span).map_error([](const Error& e) { return e.at("--for"); }));
        if (lasting < 1s || lasting > snooze_max) {
            return fail(ErrorCode::malformed, "--for: must be 1s to {}", format_duration(snooze_max));
        }
        hold.until = hold.at + lasting;
    }
    return hold;
}

void hold(const Sources& s, const Request& request, bool is_snooze, Desk::Respond respond) {
    auto wish = hold_of(s, request, is_snooze);
    if (!wish) {
        return respond(fail(wish.error()));
    }
    change(
        s, request,
        [&s, hold = std::move(*wish)](const std::string& id, StoreBatch& batch) {
            return s.records.escalations().hold(id, hold, s.records.moment(), batch);
        },
        std::move(respond));
}

void release(const Sources& s, const Request& request, Desk::Respond respond) {
    change(
        s, request,
        [&s](const std::string& id, StoreBatch& batch) {
            return s.records.escalations().release(id, s.records.moment(), batch);
        },
        std::move(respond));
}

}  // namespace

void add_episode_fields(const oncall::OnCall& oncall, const std::vector<Episode>& episodes, const AlertRecord& alert,
                        Json& row) {
    for (const auto* name : {"acknowledged_by", "acknowledged_at", "snoozed_until", "acknowledged_comment",
                             "escalation", "next_call_at"}) {
        row[name] = nullptr;
    }
    row["called"] = Json::array();
    const auto found = std::lower_bound(episodes.begin(), episodes.end(), alert.id,
                                        [](const Episode& one, const std::string& id) { return one.alert_id < id; });
    const bool is_known =
        found != episodes.end() && found->alert_id == alert.id && found->fired_at == alert.state.fired_at;
    if (!is_known || !alert.state.is_open) {
        return;
    }
    for (const auto& [receiver, count] : found->called) {
        row["called"].push_back(receiver);
    }
    const auto* policy = oncall.find_policy(found->policy);
    row["escalation"] = found->policy.empty() ? Json(nullptr) : Json(found->policy);
    if (const auto& hold = found->hold) {
        row["acknowledged_by"] = hold->by;
        row["acknowledged_at"] = to_rfc3339(hold->at);
        row["snoozed_until"] = time_or_null(hold->until);
        row["acknowledged_comment"] = hold->comment;
    } else if (policy != nullptr && found->taken < policy->steps_count() && !found->is_waiting) {
        row["next_call_at"] = to_rfc3339(found->due_at);
    }
}

void add_ack_answers(Desk& desk, const Sources& sources) {
    desk.change("alerts.ack", Role::operator_, {"id", "comment"},
                [&sources](const Request& r, Desk::Respond respond) { hold(sources, r, false, std::move(respond)); });
    desk.change("alerts.snooze", Role::operator_, {"id", "for", "comment"},
                [&sources](const Request& r, Desk::Respond respond) { hold(sources, r, true, std::move(respond)); });
    desk.change("alerts.unack", Role::operator_, {"id"},
                [&sources](const Request& r, Desk::Respond respond) { release(sources, r, std::move(respond)); });
}

}  // namespace vigie::controller

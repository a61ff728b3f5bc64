// alerts ack, unack, snooze and close, and what alerts list and show tell of them.
#include "controller/app/answers_oncall.hpp"
#include "controller/app/short_ids.hpp"
#include "controller/notify/call_state.hpp"
#include "shared/log/log.hpp"

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

// The alert as this commit will leave it.
Result<AlertRecord> alert_in(const Sources& s, const StoreBatch& batch, const std::string& id) {
    VIGIE_TRY(const auto row, get_through(s.store, batch, Family::alerts, alerts::alert_key(id)));
    if (!row) {
        return fail(ErrorCode::not_found, "there is no alert '{}'", id);
    }
    return alerts::decode_alert(*row);
}

Error is_resolved(const AlertRecord& alert) {
    return {ErrorCode::conflict, fmt::format("alert '{}' ({}) is resolved since {}, and stays so: nothing was changed",
                                             alert.id, alert.name, to_rfc3339(alert.state.resolved_at))};
}

// conflict when it is not open: then nothing is to be changed.
Result<AlertRecord> open_alert(const Sources& s, const StoreBatch& batch, const std::string& id) {
    VIGIE_TRY(auto alert, alert_in(s, batch, id));
    if (!alert.state.is_open && alert.state.phase == alerts::Phase::resolved) {
        return fail(is_resolved(alert));
    }
    if (!alert.state.is_open) {
        return fail(ErrorCode::conflict, "alert '{}' ({}) is {} and has not fired: nothing was changed", id, alert.name,
                    alerts::name_of(alert.state.phase));
    }
    return alert;
}

// Of one whose series are there it is for these to end it: closed, it would begin again with the next sample.
Result<AlertRecord> alert_without_data(const Sources& s, const StoreBatch& batch, const std::string& id) {
    VIGIE_TRY(auto alert, alert_in(s, batch, id));
    switch (alert.state.phase) {
        case alerts::Phase::no_data:
            return alert;
        case alerts::Phase::firing:
            return fail(ErrorCode::conflict,
                        "alert '{}' ({}) fires and ends when its condition does: `alerts ack` says that you have it in "
                        "hand, `silences create` keeps it from being told; nothing was changed",
                        id, alert.name);
        case alerts::Phase::resolved:
            return fail(is_resolved(alert));
        case alerts::Phase::pending:
        case alerts::Phase::inactive:
            break;
    }
    return fail(ErrorCode::conflict, "alert '{}' ({}) is {} and has not fired: nothing was changed", id, alert.name,
                alerts::name_of(alert.state.phase));
}

// When it is stored: calls that a receiver has not taken yet are held back, or go out after all, or end.
Desk::Respond and_wake_notifier(const Sources& s, Desk::Respond respond) {
    return [&s, respond = std::move(respond)](Result<Json> answer) {
        if (answer) {
            s.after.wake_notifier();
        }
        respond(std::move(answer));
    };
}

using Move = std::function<Result<Episode>(const std::string& id, StoreBatch&)>;

void change(const Sources& s, const RoutingSources& routing, const Request& request, Move move, Desk::Respond respond) {
    const auto id = id_of(s, request);
    if (!id) {
        return respond(fail(id.error()));
    }
    submit_change(
        s, request,
        [&s, &routing, id = *id, move = std::move(move)](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(const auto alert, open_alert(s, batch, id));
            VIGIE_TRY(auto episode, move(id, batch));
            Json row{{"id", id}, {"alertname", alert.name}, {"host", alerts::host_of(alert)}};
            // What was moved is in the batch: that there is less to tell of it does not undo it.
            if (const auto added = add_episode_fields(episode_sources(s, routing), {std::move(episode)}, alert, row);
                !added) {
                log::error("alert {}: who took its calls is not told: {}", id, added.error().message);
            }
            return row;
        },
        and_wake_notifier(s, std::move(respond)));
}

// For the alert's history.
std::string word_of(const oncall::Hold& hold) {
    const auto word = hold.until ? fmt::format("snoozed until {} by {}", to_rfc3339(*hold.until), hold.by)
                                 : fmt::format("acknowledged by {}", hold.by);
    return hold.comment.empty() ? word : fmt::format("{}: {}", word, hold.comment);
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

void hold(const Sources& s, const RoutingSources& routing, const Request& request, bool is_snooze,
          Desk::Respond respond) {
    auto wish = hold_of(s, request, is_snooze);
    if (!wish) {
        return respond(fail(wish.error()));
    }
    change(
        s, routing, request,
        [&s, hold = std::move(*wish)](const std::string& id, StoreBatch& batch) -> Result<Episode> {
            VIGIE_TRY(auto episode, s.records.escalations().hold(id, hold, s.records.moment(), batch));
            VIGIE_CHECK(s.records.alerts().note(id, word_of(hold), hold.at, batch));
            return episode;
        },
        std::move(respond));
}

void release(const Sources& s, const RoutingSources& routing, const Request& request, Desk::Respond respond) {
    change(
        s, routing, request,
        [&s, by = request.caller.name](const std::string& id, StoreBatch& batch) -> Result<Episode> {
            VIGIE_TRY(auto episode, s.records.escalations().release(id, s.records.moment(), batch));
            VIGIE_CHECK(s.records.alerts().note(id, fmt::format("given back by {}", by), s.clock.wall(), batch));
            return episode;
        },
        std::move(respond));
}

void close(const Sources& s, const Request& request, Desk::Respond respond) {
    const auto id = id_of(s, request);
    const auto comment = request.required_text("comment");
    if (!id || !comment) {
        return respond(fail(id ? comment.error() : id.error()));
    }
    submit_change(
        s, request,
        [&s, id = *id,
         cause = fmt::format("closed by {}: {}", request.caller.name, *comment)](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(const auto alert, alert_without_data(s, batch, id));
            VIGIE_CHECK(s.records.close_alert(id, cause, batch));
            return Json{{"id", id}, {"alertname", alert.name}, {"host", alerts::host_of(alert)}, {"cause", cause}};
        },
        and_wake_notifier(s, std::move(respond)));
}

}  // namespace

EpisodeSources episode_sources(const Sources& sources, const RoutingSources& routing) {
    EpisodeSources made{sources.store, sources.records.oncall(), {}, routing.external_labels};
    for (const auto& target : sources.notifier_status().targets) {
        made.channels.emplace(target.receiver, target.name);
    }
    return made;
}

namespace {

Json not_taken(const std::string& receiver, const std::string& channel, const std::optional<notify::Attempt>& failed) {
    return {{"receiver", receiver},
            {"channel", channel},
            {"outcome", failed ? notify::name_of(failed->outcome) : "waiting"},
            {"problem", failed ? failed->problem : ""},
            {"at", failed ? Json(to_rfc3339(failed->at)) : Json(nullptr)}};
}

// Who took a call, and who did not.
Result<void> add_calls(const EpisodeSources& s, const Episode& episode, const AlertRecord& alert, Json& row) {
    auto call = alerts::page_of(alert, false, s.external_labels);
    for (const auto& [receiver, count] : episode.called) {
        call.call = count;
        bool is_told = false;
        const auto [first, last] = s.channels.equal_range(receiver);
        for (auto channel = first; channel != last; ++channel) {
            VIGIE_TRY(const auto state, notify::call_state(s.store, channel->second, call));
            is_told = is_told || state.is_taken;
            if (!state.is_taken || state.failed) {
                row["calls_not_taken"].push_back(not_taken(receiver, channel->second, state.failed));
            }
        }
        if (is_told) {
            row["called"].push_back(receiver);
        }
        if (first == last) {
            row["calls_not_taken"].push_back(not_taken(receiver, "", std::nullopt));
            row["calls_not_taken"].back()["outcome"] = "not configured";
        }
    }
    return {};
}

}  // namespace

Result<void> add_episode_fields(const EpisodeSources& sources, const std::vector<Episode>& episodes,
                                const AlertRecord& alert, Json& row) {
    for (const auto* name : {"acknowledged_by", "acknowledged_at", "snoozed_until", "acknowledged_comment",
                             "escalation", "next_call_at"}) {
        row[name] = nullptr;
    }
    row["called"] = Json::array();
    row["calls_not_taken"] = Json::array();
    const auto found = std::lower_bound(episodes.begin(), episodes.end(), alert.id,
                                        [](const Episode& one, const std::string& id) { return one.alert_id < id; });
    const bool is_known =
        found != episodes.end() && found->alert_id == alert.id && found->fired_at == alert.state.fired_at;
    if (!is_known || !alert.state.is_open) {
        return {};
    }
    const auto* policy = sources.oncall.find_policy(found->policy);
    row["escalation"] = found->policy.empty() ? Json(nullptr) : Json(found->policy);
    if (const auto& hold = found->hold) {
        row["acknowledged_by"] = hold->by;
        row["acknowledged_at"] = to_rfc3339(hold->at);
        row["snoozed_until"] = time_or_null(hold->until);
        row["acknowledged_comment"] = hold->comment;
    } else if (policy != nullptr && found->taken < policy->steps_count() && !found->is_waiting) {
        row["next_call_at"] = to_rfc3339(found->due_at);
    }
    return add_calls(sources, *found, alert, row);
}

void add_ack_answers(Desk& desk, const Sources& sources, const RoutingSources& routing) {
    desk.change("alerts.ack", Role::operator_, {"id", "comment"},
                [&sources, &routing](const Request& r, Desk::Respond respond) {
                    hold(sources, routing, r, false, std::move(respond));
                });
    desk.change("alerts.snooze", Role::operator_, {"id", "for", "comment"},
                [&sources, &routing](const Request& r, Desk::Respond respond) {
                    hold(sources, routing, r, true, std::move(respond));
                });
    desk.change("alerts.unack", Role::operator_, {"id"}, [&sources, &routing](const Request& r, Desk::Respond respond) {
        release(sources, routing, r, std::move(respond));
    });
    desk.change("alerts.close", Role::operator_, {"id", "comment"},
                [&sources](const Request& r, Desk::Respond respond) { close(sources, r, std::move(respond)); });
}

}  // namespace vigie::controller

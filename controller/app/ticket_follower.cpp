// What the committer's thread does with tickets by itself, each step with its record in the audit log.
#include "controller/app/ticket_follower.hpp"

#include <set>
#include <utility>

#include "controller/operator/requests.hpp"
#include "controller/store/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {

tickets::AlertTurn turn_of(const alerts::AlertRecord& alert, const std::string& cause) {
    tickets::AlertTurn turn;
    turn.alert = alert.id;
    turn.transition = alert.transitions;
    turn.is_over = !alert.state.is_open;
    turn.at = turn.is_over ? alert.state.resolved_at : alert.state.fired_at;
    turn.cause = cause;
    turn.name = alert.name;
    turn.host = alerts::host_of(alert);
    turn.labels = alert.labels;
    turn.annotations = alert.annotations;
    return turn;
}

// As the operators' verbs for the same.
std::string_view verb_of(const tickets::Step& step) {
    static const std::map<std::string_view, std::string_view> verbs{{"created", "tickets.create"},
                                                                    {"commented", "tickets.comment"},
                                                                    {"reopened", "tickets.update"},
                                                                    {"escalated", "tickets.escalate"}};
    return verbs.at(step.what);
}

AuditEntry entry_of(const tickets::Step& step, WallTime now) {
    auto arguments = Json{{"number", step.ticket.number}, {"version", step.ticket.version}};
    for (const auto& field : step.fields) {
        arguments[field.field] = field.to;
    }
    if (!step.ticket.alert.empty()) {
        arguments["alert"] = step.ticket.alert;
    }
    return {.at = now,
            .user = tickets::controller_author,
            .key = {},
            .role = {},
            .from = {},
            .verb = std::string(verb_of(step)),
            .arguments = arguments.dump(-1, ' ', false, Json::error_handler_t::replace),
            .outcome = AuditOutcome::ok,
            .detail = fmt::format("{}", step.ticket.number)};
}

// What adjusting a clock little by little moves it by between two ticks is far less.
constexpr milliseconds clock_step_min{2'000};

bool is_alert(const StoreBatch::Change& change, char kind) {
    return change.family == Family::alerts && change.kind == StoreBatch::Change::Kind::put &&
           change.key.starts_with(kind);
}

}  // namespace

struct TicketFollower::Followed {
    bool has_notices = false;
};

void TicketFollower::submit(Prepare prepare, Done done) {
    const auto followed = std::make_shared<Followed>();
    inner_.submit(following(followed, std::move(prepare)), following(followed, std::move(done)));
}

bool TicketFollower::try_submit(Prepare prepare, Done done) {
    const auto followed = std::make_shared<Followed>();
    return inner_.try_submit(following(followed, std::move(prepare)), following(followed, std::move(done)));
}

CommitQueue::Prepare TicketFollower::following(const std::shared_ptr<Followed>& followed, Prepare prepare) {
    return [this, followed, prepare = std::move(prepare)](StoreBatch& batch) {
        const auto first = batch.changes().size();
        prepare(batch);
        follow(std::min(first, batch.changes().size()), batch);
        const std::span made(
            batch.changes().begin() + static_cast<std::ptrdiff_t>(std::min(first, batch.changes().size())),
            batch.changes().end());
        followed->has_notices = std::any_of(made.begin(), made.end(), [](const auto& change) {
            return change.family == Family::outbox && notify::read_notice_key(change.key).has_value();
        });
    };
}

CommitQueue::Done TicketFollower::following(const std::shared_ptr<Followed>& followed, Done done) {
    return [this, followed, done = std::move(done)](const Result<void>& stored) {
        if (!stored) {
            book_.on_commit_failed();
        } else if (followed->has_notices && notices_stored_) {
            notices_stored_();
        }
        done(stored);
    };
}

// An alert's change is stored whatever becomes of its ticket: what cannot be made now is made later.
void TicketFollower::follow(size_t first_change, StoreBatch& batch) {
    std::vector<std::pair<alerts::AlertRecord, std::string>> changed;
    std::string cause;
    for (auto i = first_change; i < batch.changes().size(); ++i) {
        const auto& change = batch.changes()[i];
        if (is_alert(change, 'h')) {  // the transition comes before its alert
            const auto transition = alerts::decode_transition(change.value);
            cause = transition ? transition->cause : "";
        } else if (is_alert(change, 's')) {
            if (auto alert = alerts::decode_alert(change.value)) {
                changed.emplace_back(std::move(*alert), std::exchange(cause, {}));
            }
        }
    }
    for (const auto& [alert, why] : changed) {
        if (const auto taken = take_alert(alert, why, clock_.wall(), batch); !taken) {
            ticks_with_missed_alerts_ = 2;
            tell_failure(taken.error());
        }
    }
}

// One turn of an alert is one change of its ticket: what the ticket knows already is nothing new.
Result<void> TicketFollower::take_alert(const alerts::AlertRecord& alert, const std::string& cause, WallTime now,
                                        StoreBatch& batch) {
    const auto turn = turn_of(alert, cause);
    if (turn.at == WallTime{}) {
        return {};  // it has not fired yet
    }
    VIGIE_TRY(const bool is_concerned, book_.is_concerned(turn));
    if (!is_concerned) {
        return {};
    }
    VIGIE_TRY(auto end, audit_end(store_, batch, now));
    auto steps = book_.on_alert(turn, now, batch);
    if (!steps && steps.error().code == ErrorCode::too_large) {
        tell_failure(steps.error());
        is_without_room_ = true;  // it gets its ticket when there is room again
        return {};
    }
    VIGIE_CHECK(steps);
    for (const auto& step : *steps) {
        end = append_audit(end, entry_of(step, now), batch);
    }
    return {};
}

Result<void> TicketFollower::take_missed_alerts(WallTime now, StoreBatch& batch) {
    std::set<std::string, std::less<>> newer;  // in this batch: the store has them as they were
    for (const auto& change : batch.changes()) {
        if (is_alert(change, 's')) {
            newer.insert(change.key);
        }
    }
    VIGIE_TRY(const auto stored, alerts::list_alerts(store_));
    for (const auto& alert : stored) {
        if (!newer.contains(alerts::alert_key(alert.id))) {
            VIGIE_CHECK(take_alert(alert, "", now, batch));
        }
    }
    return {};
}

// Promises are of time that passes, whatever the wall clock is set to.
Result<void> TicketFollower::note_clock(StoreBatch& batch) {
    const Reading now{clock_.wall(), clock_.mono()};
    if (stored_reading_) {
        const auto passed = std::chrono::duration_cast<milliseconds>(now.mono - stored_reading_->mono);
        const auto step = (now.wall - stored_reading_->wall) - passed;
        if (step >= clock_step_min || step <= -clock_step_min) {
            VIGIE_CHECK(book_.on_clock_set(step, batch));
            log::warning("tickets: the clock was set by {}: the time that counts for promises goes on as it was",
                         format_duration(step));
        }
    }
    reading_ = now;
    return {};
}

Result<void> TicketFollower::make_due(StoreBatch& batch) {
    VIGIE_CHECK(note_clock(batch));
    const auto now = clock_.wall();
    if (is_without_room_ && book_.has_room()) {
        is_without_room_ = false;
        ticks_with_missed_alerts_ = std::max(ticks_with_missed_alerts_, 1);
    }
    if (ticks_with_missed_alerts_ > 0) {
        VIGIE_CHECK(take_missed_alerts(now, batch));
        --ticks_with_missed_alerts_;
    }
    VIGIE_TRY(const bool is_due, book_.is_escalation_due(now));
    if (is_due) {
        VIGIE_TRY(auto end, audit_end(store_, batch, now));
        VIGIE_TRY(const auto steps, book_.escalate(now, batch));
        for (const auto& step : steps) {
            end = append_audit(end, entry_of(step, now), batch);
        }
    }
    return {};
}

void TicketFollower::tick() {
    if (is_ticking_.exchange(true)) {  // while the disk stalls, ticks would pile up behind it
        return;
    }
    submit(
        [this](StoreBatch& batch) {
            if (const auto made = make_due(batch); !made) {
                tell_failure(made.error());
            }
        },
        [this](const Result<void>& stored) {
            if (stored) {
                stored_reading_ = reading_;
            } else {  // what it took of missed alerts is missed again
                ticks_with_missed_alerts_ = std::max(ticks_with_missed_alerts_, 1);
            }
            is_ticking_ = false;
        });
}

void TicketFollower::retire() {
    submit(
        [this](StoreBatch& batch) {
            if (const auto pruned = book_.prune(clock_.wall(), batch); !pruned) {
                tell_failure(pruned.error());
            }
        },
        [](const Result<void>&) {});
}

// The same failure comes again each second until its cause is gone: it is told once.
void TicketFollower::tell_failure(const Error& error) {
    if (std::exchange(failure_told_, error.message) != error.message) {
        log::error("tickets: {}", error.message);
    }
}

}  // namespace vigie::controller

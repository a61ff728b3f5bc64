// What several answers share.
#include "controller/app/answers.hpp"

#include <cmath>

#include "controller/app/witness.hpp"
#include "controller/audit/chain.hpp"
#include "shared/core/nearest.hpp"

namespace vigie::controller {

Json time_or_null(std::optional<WallTime> at) {
    return at ? Json(to_rfc3339(*at)) : Json(nullptr);
}

Json number_or_null(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json shallow_json(const std::string& text) {
    constexpr int depth_max = 16;
    auto parsed = Json::parse(
        text, [](int depth, Json::parse_event_t, const Json&) { return depth <= depth_max; }, false);
    return parsed.is_discarded() ? Json(nullptr) : parsed;
}

std::string_view shown_state(const Host& host) {
    return host.is_key_revoked && host.state != HostState::left ? "revoked" : name_of(host.state);
}

std::string counted(uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string labels_text(const std::map<std::string, std::string>& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ",", name, value);
    }
    return text;
}

Result<WallTime> since_of(const Request& request, milliseconds fallback, WallTime now) {
    VIGIE_TRY(const auto since_ms, request.number("since_ms", fallback.count()));
    return now - milliseconds{std::clamp<int64_t>(since_ms, 1, std::max<int64_t>(unix_ms(now), 1))};
}

Result<bool> is_selected(const Request& request, const Host& host) {
    VIGIE_TRY(const auto labels, request.texts("labels"));
    return has_labels(host.labels, labels);
}

Error unknown_host(const Fleet& fleet, const std::string& name) {
    Words known;
    for (const auto* host : fleet.hosts()) {
        known.insert(host->id.value);
    }
    const auto near = nearest(name, known);
    return Error{ErrorCode::not_found, fmt::format("host '{}' is not enrolled{}", name,
                                                   near.empty() ? "" : fmt::format(", did you mean '{}'?", near))};
}

namespace {
struct Change {
    std::function<Result<Json>(StoreBatch&)> make;
    AuditEntry entry;
    Result<Json> answer = Json();
    bool is_noted = false;
};

// The end of the log is looked up first: once the change is prepared, nothing may fail that leaves it unrecorded. What
// failed and changed nothing is left to the desk's witness, who lets only so many a minute into the log.
void make_and_note(const StateStore& store, Change& change, StoreBatch& batch) {
    const auto end = audit_end(store, batch, change.entry.at);
    if (!end) {
        change.answer = fail(end.error());
        return;
    }
    const auto before = batch.changes().size();
    change.answer = change.make(batch);
    change.is_noted = change.answer || batch.changes().size() > before;
    if (change.is_noted) {
        set_outcome(change.entry, change.answer);
        append_audit(*end, change.entry, batch);
    }
}
}  // namespace

void submit_change(const Sources& sources, const Request& request, std::function<Result<Json>(StoreBatch&)> change,
                   Desk::Respond respond) {
    const auto made = std::make_shared<Change>(
        Change{.make = std::move(change), .entry = audit_entry(request, sources.clock.wall())});
    sources.commits.submit(
        [made, &store = sources.store](StoreBatch& batch) { make_and_note(store, *made, batch); },
        [&records = sources.records, &after = sources.after, &loop = sources.loop, made,
         is_witnessed = request.is_witnessed, respond = std::move(respond)](const Result<void>& stored) {
            records.on_committed(stored, after.job_sender());
            if (!stored) {
                made->answer = fail(stored.error());
                made->is_noted = false;
            }
            loop.post([made, is_witnessed, respond] {
                *is_witnessed = made->is_noted;
                respond(std::move(made->answer));
            });
        });
}

}  // namespace vigie::controller

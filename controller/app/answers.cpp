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
// The end of the log is looked up first: once the change is prepared, nothing may fail that leaves it unrecorded.
Result<Json> change_and_note(const StateStore& store, AuditEntry entry,
                             const std::function<Result<Json>(StoreBatch&)>& change, StoreBatch& batch) {
    VIGIE_TRY(const auto end, audit_end(store, batch, entry.at));
    auto answer = change(batch);
    set_outcome(entry, answer);
    append_audit(end, entry, batch);
    return answer;
}
}  // namespace

void submit_change(const Sources& sources, const Request& request, std::function<Result<Json>(StoreBatch&)> change,
                   Desk::Respond respond) {
    *request.is_witnessed = true;
    const auto answer = std::make_shared<Result<Json>>(Json());
    sources.commits.submit([answer, change = std::move(change), &store = sources.store,
                            entry = audit_entry(request, sources.clock.wall())](
                               StoreBatch& batch) { *answer = change_and_note(store, entry, change, batch); },
                           [&records = sources.records, &after = sources.after, &loop = sources.loop, answer,
                            respond = std::move(respond)](const Result<void>& stored) {
                               records.on_committed(stored, after.job_sender());
                               if (!stored) {
                                   *answer = fail(stored.error());
                               }
                               loop.post([answer, respond] { respond(std::move(*answer)); });
                           });
}

}  // namespace vigie::controller

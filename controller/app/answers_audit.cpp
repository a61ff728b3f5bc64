// audit: who changed what, and whether the log is as it was written. Reading all of it may take seconds, so it is done
// in steps.
#include "controller/app/answers.hpp"
#include "controller/audit/verify.hpp"

namespace vigie::controller {
namespace {

constexpr int64_t shown_unless_asked = 100;
// About 1 MB as JSON, made and written in one callback of the main loop. `before` asks for what comes behind.
constexpr int64_t shown_max = 1'000;
// About 5 ms of hashing.
constexpr size_t rows_at_once = 1'000;

Json row_of(const AuditRecord& record) {
    const auto& entry = record.entry;
    return {{"seq", record.seq},
            {"at", to_rfc3339(entry.at)},
            {"at_unix_ms", unix_ms(entry.at)},
            {"user", entry.user},
            {"key", entry.key},
            {"role", entry.role},
            {"from", entry.from},
            {"verb", entry.verb},
            {"arguments", entry.arguments},
            {"outcome", name_of(entry.outcome)},
            {"detail", entry.detail},
            {"previous", record.previous},
            {"hash", record.hash}};
}

Result<AuditFilter> filter_of(const Sources& s, const Request& request) {
    AuditFilter filter;
    VIGIE_TRY(filter.user, request.text("user"));
    VIGIE_TRY(filter.verb, request.text("verb"));
    VIGIE_TRY(const auto limit, request.number("limit", shown_unless_asked));
    if (limit < 1 || limit > shown_max) {
        return fail(ErrorCode::malformed, "--limit {}: must be between 1 and {}", limit, shown_max);
    }
    filter.count_max = static_cast<size_t>(limit);
    VIGIE_TRY(const auto before, request.number("before", 0));
    if (before < 0) {
        return fail(ErrorCode::malformed, "--before {}: must be the number of a record", before);
    }
    filter.before_seq = static_cast<uint64_t>(before);
    const auto now = s.clock.wall();
    VIGIE_TRY(filter.from, since_of(request, milliseconds{unix_ms(now)}, now));
    // As people write both.
    std::replace(filter.verb.begin(), filter.verb.end(), ' ', '.');
    if (filter.user.find_first_not_of("0123456789") == std::string::npos && !filter.user.empty()) {
        filter.user = "uid " + filter.user;
    }
    return filter;
}

Json report_of(const AuditReport& report) {
    return {{"is_whole", !report.finding.has_value()},
            {"records", report.records},
            {"trimmed_up_to", report.anchor.seq},
            {"first_at", time_or_null(report.first_at)},
            {"last_at", time_or_null(report.last_at)},
            {"last_seq", report.last.seq},
            {"head", report.last.hash},
            {"wrong_seq", report.finding && report.finding->seq > 0 ? Json(report.finding->seq) : Json(nullptr)},
            {"finding", report.finding ? Json(report.finding->message) : Json(nullptr)}};
}

// Their steps are tasks of the loop, and others get their turn between them.
void go_on(const Sources& s, const std::shared_ptr<AuditSearch>& search, const Desk::Respond& respond) {
    const auto is_done = search->step(rows_at_once);
    if (!is_done) {
        return respond(fail(is_done.error()));
    }
    if (!*is_done) {
        return s.loop.post([&s, search, respond] { go_on(s, search, respond); });
    }
    Json rows = Json::array();
    for (const auto& record : search->found()) {
        rows.push_back(row_of(record));
    }
    respond(std::move(rows));
}

void go_on(const Sources& s, const std::shared_ptr<AuditVerifier>& verifier, const Desk::Respond& respond) {
    const auto report = verifier->step(rows_at_once);
    if (!report) {
        return respond(fail(report.error()));
    }
    if (!*report) {
        return s.loop.post([&s, verifier, respond] { go_on(s, verifier, respond); });
    }
    respond(report_of(**report));
}

void list(const Sources& s, const Request& request, const Desk::Respond& respond) {
    auto filter = filter_of(s, request);
    if (!filter) {
        return respond(fail(filter.error()));
    }
    go_on(s, std::make_shared<AuditSearch>(s.store, std::move(*filter)), respond);
}

void verify(const Sources& s, const Request& request, const Desk::Respond& respond) {
    const auto noted = request.text("head");
    if (!noted) {
        return respond(fail(noted.error()));
    }
    auto verifier = AuditVerifier::open(s.store, *noted);
    if (!verifier) {
        return respond(fail(verifier.error()));
    }
    go_on(s, std::shared_ptr<AuditVerifier>(std::move(*verifier)), respond);
}

}  // namespace

void add_audit_answers(Desk& desk, const Sources& sources) {
    desk.answer_later("audit.list", Role::admin, {"since_ms", "user", "verb", "limit", "before"},
                      [&sources](const Request& r, const Desk::Respond& respond) { list(sources, r, respond); });
    desk.answer_later("audit.verify", Role::admin, {"head"},
                      [&sources](const Request& r, const Desk::Respond& respond) { verify(sources, r, respond); });
}

}  // namespace vigie::controller

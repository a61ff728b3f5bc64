// One walk over the records, between two readings of head and anchor: records are added and trimmed meanwhile.
#include "controller/audit/verify.hpp"

#include <nlohmann/json.hpp>

namespace vigie::controller {
namespace {

// How often a walk begins again because the log was trimmed under it, which happens once a day.
constexpr int walks_max = 3;

struct Bounds {
    std::optional<AuditPlace> head;  // nothing: no head stands there, or it can't be read
    AuditPlace anchor;
};

Result<Bounds> bounds_of(const StateStore& store) {
    Bounds bounds;
    VIGIE_TRY(const auto head, store.get(Family::meta, audit_head_key));
    if (head) {
        if (auto place = decode_audit_place(*head)) {
            bounds.head = std::move(*place);
        }
    }
    VIGIE_TRY(const auto anchor, store.get(Family::meta, audit_anchor_key));
    if (anchor) {
        VIGIE_TRY(bounds.anchor, decode_audit_place(*anchor));
    }
    return bounds;
}

// What a record of a trim says was trimmed.
AuditPlace trimmed_by(const AuditEntry& entry) {
    const auto said = nlohmann::json::parse(entry.arguments, nullptr, false);
    const bool is_form = said.is_object() && said.contains("seq") && said["seq"].is_number_unsigned() &&
                         said.contains("hash") && said["hash"].is_string();
    return is_form ? AuditPlace{said["seq"].get<uint64_t>(), said["hash"].get<std::string>()} : AuditPlace{};
}

}  // namespace

struct AuditVerifier::Walk {
    Walk(Bounds bounds, std::string_view noted)
        : bounds_(std::move(bounds)),
          noted_(noted),
          walk_(bounds_.anchor),
          is_noted_seen_(bounds_.anchor.hash == noted) {
        report_.anchor = bounds_.anchor;
    }

    bool take(std::string_view key, std::string_view row) {
        const auto record = walk_.next(key, row);
        if (!record) {
            find(walk_.wrong_seq(), record.error().message);
            return false;
        }
        note(*record);
        return !report_.finding;
    }

    const Bounds& before() const { return bounds_; }
    std::string from;  // the key behind the last one

    // `after`: as head and anchor are after the walk.
    AuditReport finish(const Bounds& after) {
        report_.last = walk_.last();
        check(after);
        if (anew_ && report_.finding) {
            report_.finding->message += "; and " + anew_->message;
        } else if (anew_) {
            report_.finding = std::move(anew_);
        }
        return std::move(report_);
    }

  private:
    void check(const Bounds& after) {
        if (!report_.finding) {
            check_end(after);
        }
        if (!report_.finding && bounds_.anchor.seq > 0 && !is_trim_told_) {
            find(
                bounds_.anchor.seq + 1,
                fmt::format("records up to {} are missing, and none tells that they were trimmed", bounds_.anchor.seq));
        }
        if (!report_.finding && !noted_.empty() && !is_noted_seen_) {
            find(0, fmt::format("no record has the hash {}: the log was written anew or set back since that was noted, "
                                "or it is of a record that was trimmed since",
                                noted_));
        }
    }

    void note(const AuditRecord& record) {
        if (!report_.first_at) {
            report_.first_at = record.entry.at;
        }
        report_.last_at = record.entry.at;
        is_noted_seen_ = is_noted_seen_ || record.hash == noted_;
        is_trim_told_ =
            is_trim_told_ || (record.entry.verb == audit_trim_verb && trimmed_by(record.entry) == bounds_.anchor);
        if (record.entry.verb == audit_anew_verb && !anew_) {
            anew_ = AuditFinding{record.seq, fmt::format("record {}: {}", record.seq, record.entry.detail)};
        }
        if (bounds_.head && record.seq == bounds_.head->seq && record.hash != bounds_.head->hash) {
            find(record.seq, fmt::format("record {}: it is not the one that was the newest", record.seq));
        } else {
            ++report_.records;
        }
    }

    void check_end(const Bounds& after) {
        const auto last = walk_.last().seq;
        const auto newest_before = bounds_.head ? bounds_.head->seq : 0;  // a first record may have come meanwhile
        if (!after.head) {
            if (report_.records > 0) {
                find(0,
                     fmt::format("the head of the log is gone: nobody can tell whether records behind {} are missing",
                                 last));
            }
        } else if (last < newest_before) {
            find(last + 1,
                 fmt::format("record {}: it is missing, with all up to the newest, {}", last + 1, newest_before));
        } else if (last > after.head->seq) {
            find(after.head->seq + 1,
                 fmt::format("record {}: it stands behind the newest, {}", after.head->seq + 1, after.head->seq));
        }
    }

    void find(uint64_t seq, std::string message) { report_.finding = AuditFinding{seq, std::move(message)}; }

    const Bounds bounds_;
    const std::string noted_;
    AuditWalk walk_;
    bool is_noted_seen_;
    bool is_trim_told_ = false;
    std::optional<AuditFinding> anew_;  // the log says it of itself; the walk goes on, for what was changed behind it
    AuditReport report_;
};

namespace {

Result<void> check_noted(std::string_view noted) {
    const bool is_hash =
        noted.size() == audit_origin.size() && noted.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!noted.empty() && !is_hash) {
        return fail(ErrorCode::malformed, "--head {}: a hash is 64 digits of 0-9 and a-f", noted);
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<AuditVerifier>> AuditVerifier::open(const StateStore& store, std::string_view noted) {
    VIGIE_CHECK(check_noted(noted));
    std::unique_ptr<AuditVerifier> verifier(new AuditVerifier(store, noted));
    VIGIE_CHECK(verifier->begin());
    return verifier;
}

AuditVerifier::AuditVerifier(const StateStore& store, std::string_view noted) : store_(store), noted_(noted) {}
AuditVerifier::~AuditVerifier() = default;

Result<void> AuditVerifier::begin() {
    VIGIE_TRY(auto bounds, bounds_of(store_));
    walk_ = std::make_unique<Walk>(std::move(bounds), noted_);
    ++walks_;
    return {};
}

Result<std::optional<AuditReport>> AuditVerifier::step(size_t rows_max) {
    size_t rows = 0;
    bool has_more = false;
    VIGIE_CHECK(store_.scan(Family::audit, walk_->from, "", [&](std::string_view key, std::string_view row) {
        if (++rows > rows_max) {
            has_more = true;
            return false;
        }
        walk_->from = std::string(key) + '\0';
        return walk_->take(key, row);
    }));
    if (has_more) {
        return std::nullopt;
    }
    VIGIE_TRY(const auto after, bounds_of(store_));
    if (after.anchor != walk_->before().anchor && walks_ < walks_max) {
        VIGIE_CHECK(begin());
        return std::nullopt;
    }
    return walk_->finish(after);
}

Result<AuditReport> verify_audit(const StateStore& store, std::string_view noted) {
    VIGIE_TRY(const auto verifier, AuditVerifier::open(store, noted));
    for (;;) {
        VIGIE_TRY(auto report, verifier->step(SIZE_MAX));
        if (report) {
            return std::move(*report);
        }
    }
}

}  // namespace vigie::controller

// Head, anchor and records, always changed in one batch.
#include "controller/audit/chain.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {

// So that a log at its limit is trimmed once a day, and not record by record.
constexpr milliseconds trimmed_every = std::chrono::hours{24};
// Of one trim, about a tenth of a second of reading; the rest goes with the next.
constexpr uint64_t trimmed_at_once_max = 50'000;
// Where nothing was recorded for so long nothing grows either, and trimming can wait for the next record.
constexpr milliseconds quiet_max = std::chrono::hours{24 * 30};

Result<AuditPlace> anchor_of(const StateStore& store) {
    VIGIE_TRY(const auto row, store.get(Family::meta, audit_anchor_key));
    return row ? decode_audit_place(*row) : AuditPlace{};
}

// The newest record that stands in the store, when the head does not tell.
Result<AuditPlace> last_record(const StateStore& store) {
    AuditPlace last;
    VIGIE_CHECK(store.scan_back(Family::audit, "", "", [&last](std::string_view key, std::string_view row) {
        const auto seq = keys::read_number(key);
        const auto record = decode_audit(row);
        last = {seq.value_or(0), record ? record->hash : audit_origin};
        return false;
    }));
    return last;
}

// One that is too old does not end the search: a clock may have been set back.
bool is_wanted(const AuditEntry& entry, const AuditFilter& filter) {
    return entry.at >= filter.from && (filter.user.empty() || entry.user == filter.user) &&
           (filter.verb.empty() || entry.verb == filter.verb);
}

}  // namespace

std::string audit_place_row(const AuditPlace& place) {
    return keys::KeyWriter().u64(place.seq).bytes(place.hash).take();
}

Result<AuditPlace> decode_audit_place(std::string_view row) {
    keys::KeyReader reader(row);
    AuditPlace place{.seq = reader.u64(), .hash = reader.bytes()};
    if (!reader.is_ok() || !reader.is_done() || place.hash.size() != audit_origin.size()) {
        return fail(ErrorCode::corrupt, "store: a place in the audit log can't be read");
    }
    return place;
}

Result<AuditPlace> audit_end(const StateStore& store, StoreBatch& batch, WallTime now) {
    VIGIE_TRY(const auto row, get_through(store, batch, Family::meta, audit_head_key));
    if (row) {
        if (auto head = decode_audit_place(*row)) {
            return head;
        }
    }
    VIGIE_TRY(const auto last, last_record(store));
    if (!row && last.seq == 0) {
        return AuditPlace{};
    }
    const AuditEntry anew{.at = now,
                          .user = "controller",
                          .key = {},
                          .role = {},
                          .from = {},
                          .verb = std::string(audit_anew_verb),
                          .arguments = "{}",
                          .outcome = AuditOutcome::failed,
                          .detail = fmt::format("the head of the log was gone; it goes on behind record {}", last.seq)};
    return append_audit(last, anew, batch);
}

AuditPlace append_audit(const AuditPlace& end, const AuditEntry& entry, StoreBatch& batch) {
    const auto seq = end.seq + 1;
    auto row = audit_row(seq, end.hash, entry);
    AuditPlace place{seq, std::move(row.hash)};
    batch.put(Family::audit, keys::number(seq), std::move(row.bytes));
    batch.put(Family::meta, std::string(audit_head_key), audit_place_row(place));
    return place;
}

Result<void> append_audit(const StateStore& store, const AuditEntry& entry, StoreBatch& batch) {
    VIGIE_TRY(const auto end, audit_end(store, batch, entry.at));
    append_audit(end, entry, batch);
    return {};
}

namespace {
// By the newest record's time: a clock that jumped ahead makes all of the log look old at once.
Result<bool> is_clock_far_ahead(const StateStore& store, const AuditPlace& head, WallTime now) {
    VIGIE_TRY(const auto row, store.get(Family::audit, keys::number(head.seq)));
    const auto newest = row ? decode_audit(*row) : Result<AuditRecord>(fail(ErrorCode::corrupt, "it is missing"));
    if (!newest) {
        return fail(newest.error().at(fmt::format("audit log: nothing is trimmed: record {}", head.seq)));
    }
    return now - newest->entry.at > quiet_max;
}

// The newest record that may go; `anchor` for none.
Result<AuditPlace> trimmable(const StateStore& store, const AuditRetention& retention, const AuditPlace& head,
                             const AuditPlace& anchor, WallTime now) {
    AuditWalk walk(anchor);
    AuditPlace last = anchor;
    bool is_due = false;
    Result<void> walked;
    const auto visit = [&](std::string_view key, std::string_view row) {
        const auto record = walk.next(key, row);
        if (!record) {
            walked = fail(record.error().at("audit log: nothing is trimmed"));
            return false;
        }
        if (record->seq + retention.kept_min > head.seq || record->seq - anchor.seq > trimmed_at_once_max) {
            return false;
        }
        const auto age = now - record->entry.at;
        if (age < 0ms) {
            return true;  // its clock was ahead: it goes with an old one behind it
        }
        is_due = is_due || age > retention.age_max + trimmed_every;
        if (!is_due || age <= retention.age_max) {
            return false;
        }
        last = {record->seq, record->hash};
        return true;
    };
    VIGIE_CHECK(store.scan(Family::audit, keys::number(anchor.seq + 1), "", visit));
    VIGIE_CHECK(walked);
    return last;
}
}  // namespace

Result<uint64_t> trim_audit(const StateStore& store, const AuditRetention& retention, WallTime now, StoreBatch& batch) {
    VIGIE_TRY(const auto head_row, store.get(Family::meta, audit_head_key));
    if (!head_row) {
        return uint64_t{0};
    }
    VIGIE_TRY(const auto head, decode_audit_place(*head_row));
    VIGIE_TRY(const bool is_doubtful, is_clock_far_ahead(store, head, now));
    if (is_doubtful) {
        return uint64_t{0};
    }
    VIGIE_TRY(const auto anchor, anchor_of(store));
    VIGIE_TRY(const auto last, trimmable(store, retention, head, anchor, now));
    if (last == anchor) {
        return uint64_t{0};
    }
    VIGIE_CHECK(append_audit(
        store,
        {.at = now,
         .user = "controller",
         .key = {},
         .role = {},
         .from = {},
         .verb = std::string(audit_trim_verb),
         .arguments = fmt::format(R"({{"hash":"{}","seq":{}}})", last.hash, last.seq),
         .outcome = AuditOutcome::ok,
         .detail = fmt::format("records up to {} were older than {}", last.seq, format_duration(retention.age_max))},
        batch));
    batch.erase_range(Family::audit, keys::number(0), keys::number(last.seq + 1));
    batch.put(Family::meta, std::string(audit_anchor_key), audit_place_row(last));
    return last.seq - anchor.seq;
}

AuditSearch::AuditSearch(const StateStore& store, AuditFilter filter)
    : store_(store),
      filter_(std::move(filter)),
      to_(filter_.before_seq > 0 ? keys::number(filter_.before_seq) : std::string()) {}

Result<bool> AuditSearch::step(size_t rows_max) {
    size_t rows = 0;
    bool has_more = false;
    VIGIE_CHECK(store_.scan_back(Family::audit, "", to_, [&](std::string_view key, std::string_view row) {
        if (found_.size() >= filter_.count_max) {
            return false;
        }
        if (++rows > rows_max) {
            has_more = true;
            return false;
        }
        to_ = key;
        auto record = decode_audit(row);
        if (record && is_wanted(record->entry, filter_)) {
            found_.push_back(std::move(*record));
        }
        return true;
    }));
    return !has_more;
}

Result<std::vector<AuditRecord>> newest_audit(const StateStore& store, const AuditFilter& filter) {
    AuditSearch search(store, filter);
    VIGIE_CHECK(search.step(SIZE_MAX));
    return search.found();
}

tl::unexpected<Error> AuditWalk::wrong(uint64_t seq, std::string why) {
    wrong_seq_ = seq;
    return fail(Error{ErrorCode::corrupt, fmt::format("record {}: {}", seq, why)});
}

Result<AuditRecord> AuditWalk::next(std::string_view key, std::string_view row) {
    const auto expected = last_.seq + 1;
    const auto place = keys::read_number(key);
    if (!place || *place < expected) {
        return wrong(expected, "a row that is none of the log stands in its place");
    }
    if (*place > expected) {
        return wrong(expected, *place == expected + 1
                                   ? std::string("it is missing")
                                   : fmt::format("it is missing, with all up to record {}", *place - 1));
    }
    auto record = decode_audit(row);
    if (!record) {
        return wrong(expected, "it was changed: " + record.error().message);
    }
    if (record->seq != expected) {
        return wrong(expected, fmt::format("record {} stands in its place", record->seq));
    }
    if (record->previous != last_.hash) {
        return wrong(expected, fmt::format("it does not follow record {}: one of the two was exchanged", last_.seq));
    }
    last_ = {expected, record->hash};
    return record;
}

}  // namespace vigie::controller

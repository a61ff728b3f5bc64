// The audit log as a chain in the store. Nothing is kept in memory between calls: its end is read through the batch
// that the record goes into, so a commit that fails, or a crash, leaves the chain as it was.
//   Family::audit  seq -> record.hpp's row
//   Family::meta   audit_head -> u64 seq and hash of the newest record
//                  audit_anchor -> the same of the newest record that was trimmed
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "controller/audit/record.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller {

constexpr std::string_view audit_head_key = "audit_head";
constexpr std::string_view audit_anchor_key = "audit_anchor";
// What the log says of itself.
constexpr std::string_view audit_trim_verb = "audit.trim";
constexpr std::string_view audit_anew_verb = "audit.begin_anew";

struct AuditPlace {
    uint64_t seq = 0;  // 0: before the first record
    std::string hash = audit_origin;
    bool operator==(const AuditPlace&) const = default;
};
// The row of audit_head and audit_anchor.
std::string audit_place_row(const AuditPlace& place);
// corrupt when the row does not have that form.
Result<AuditPlace> decode_audit_place(std::string_view row);

// ---- on the committer's thread, inside prepare ----
// Where the next record goes. When the head is gone or unreadable while records are there, a record that says so is
// added first. Errors are the store's: then nothing may be changed, since it could not be recorded.
Result<AuditPlace> audit_end(const StateStore& store, StoreBatch& batch, WallTime now);
// Adds the entry behind `end`, and gives the new end. It cannot fail, so a change may stand between the two.
AuditPlace append_audit(const AuditPlace& end, const AuditEntry& entry, StoreBatch& batch);
// Both in one.
Result<void> append_audit(const StateStore& store, const AuditEntry& entry, StoreBatch& batch);

struct AuditRetention {
    milliseconds age_max{std::chrono::hours{24} * 400};
    // However old: a clock that is set wrong must not cost the log. About 3 MB.
    uint64_t kept_min = 10'000;
};
// Removes the records that are older than the retention, once they are so by a day, and adds a record of that. Gives
// how many were removed: none when the newest is more than 30 days old, since a clock may have jumped ahead. A record
// from a clock that was ahead of `now` goes with an old one behind it. corrupt when a record that is looked at (those
// to remove, the first to keep, the newest) is not as it was written: then none is removed.
Result<uint64_t> trim_audit(const StateStore& store, const AuditRetention& retention, WallTime now, StoreBatch& batch);

// ---- any thread ----
struct AuditFilter {
    WallTime from{};
    std::string user{};  // "" for all
    std::string verb{};
    size_t count_max = 100;
    uint64_t before_seq = 0;  // only records before this one; 0: all
};
// Newest first, piece by piece, so that a loop is not held up. Records that cannot be read are left out: AuditVerifier
// tells of them.
class AuditSearch {
  public:
    AuditSearch(const StateStore& store, AuditFilter filter);
    // Looks at up to `rows_max` more. True: all is found. Errors are the store's.
    Result<bool> step(size_t rows_max);
    const std::vector<AuditRecord>& found() const { return found_; }

  private:
    const StateStore& store_;
    const AuditFilter filter_;
    std::string to_;  // the oldest key that was looked at
    std::vector<AuditRecord> found_;
};
// All of it at once.
Result<std::vector<AuditRecord>> newest_audit(const StateStore& store, const AuditFilter& filter);

// Checks that each record follows the one before.
class AuditWalk {
  public:
    explicit AuditWalk(AuditPlace before) : last_(std::move(before)) {}
    // The next record; what is wrong with it, as the failed side. error.message begins with "record N".
    Result<AuditRecord> next(std::string_view key, std::string_view row);
    const AuditPlace& last() const { return last_; }
    uint64_t wrong_seq() const { return wrong_seq_; }

  private:
    tl::unexpected<Error> wrong(uint64_t seq, std::string why);
    AuditPlace last_;
    uint64_t wrong_seq_ = 0;
};

}  // namespace vigie::controller

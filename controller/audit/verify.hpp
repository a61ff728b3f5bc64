// Whether the audit log is as it was written: each record follows the one before, the first one the anchor, and the
// last one is the head. It cannot tell when somebody wrote all of it anew, head and hashes with it: for that a hash
// that was noted elsewhere is compared.
#pragma once
#include <memory>
#include <optional>

#include "controller/audit/chain.hpp"

namespace vigie::controller {

struct AuditFinding {
    uint64_t seq = 0;     // of the first record that is wrong; 0 when it is no single one
    std::string message;  // a sentence that names it; a lost head, which the log itself tells, comes last
};

struct AuditReport {
    uint64_t records = 0;  // that are as they were written, up to where the walk ended
    AuditPlace anchor;     // the newest record that was trimmed
    std::optional<WallTime> first_at;
    AuditPlace last;  // the newest of `records`
    std::optional<WallTime> last_at;
    std::optional<AuditFinding> finding;
};

// Piece by piece, so that a loop is not held up. Any thread, one at a time.
class AuditVerifier {
  public:
    // `noted`: a hash that was the head's once, or "". malformed when it is no hash. Keeps the reference.
    static Result<std::unique_ptr<AuditVerifier>> open(const StateStore& store, std::string_view noted);
    ~AuditVerifier();
    // Looks at up to `rows_max` more. Nothing: there are more. Errors are the store's.
    Result<std::optional<AuditReport>> step(size_t rows_max);

  private:
    struct Walk;
    AuditVerifier(const StateStore& store, std::string_view noted);
    Result<void> begin();

    const StateStore& store_;
    const std::string noted_;
    std::unique_ptr<Walk> walk_;
    int walks_ = 0;
};

// All of it at once.
Result<AuditReport> verify_audit(const StateStore& store, std::string_view noted);

}  // namespace vigie::controller

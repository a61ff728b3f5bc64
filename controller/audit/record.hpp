// One record of the audit log, and its canonical bytes: what is hashed is what stands on disk (docs/design/audit.md).
#pragma once
#include <string>
#include <string_view>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

enum class AuditOutcome : uint8_t { ok = 1, refused = 2, failed = 3 };
std::string_view name_of(AuditOutcome outcome);

// What happened. Texts are UTF-8; none may hold a secret.
struct AuditEntry {
    WallTime at{};
    std::string user{};       // "uid 1000", an operator key's name, or "controller" for what it did by itself
    std::string key{};        // the public key of an operator or of a host; "" when there is none
    std::string role{};       // "" for what no operator asked for
    std::string from{};       // "operators' socket", or an address
    std::string verb{};       // noun.verb, such as "jobs.run"
    std::string arguments{};  // a JSON object as text
    AuditOutcome outcome = AuditOutcome::ok;
    std::string detail{};  // the error's code, or the ids of what was made
    bool operator==(const AuditEntry&) const = default;
};

// What the first record follows.
inline const std::string audit_origin(64, '0');

struct AuditRecord {
    uint64_t seq = 0;      // from 1, without holes
    std::string previous;  // the hash of record seq - 1, or audit_origin
    AuditEntry entry;
    std::string hash;  // BLAKE2b-256 of all before it in the row, 64 hex digits
};

// The row of an entry at its place, and its hash.
struct AuditRow {
    std::string bytes;
    std::string hash;
};
AuditRow audit_row(uint64_t seq, std::string_view previous, const AuditEntry& entry);
// corrupt when the row does not have its form, or its hash is not that of its bytes.
Result<AuditRecord> decode_audit(std::string_view row);

}  // namespace vigie::controller

// Row: u8 form, u64 seq, previous, u64 Unix ms, user, key, role, from, verb, arguments, u8 outcome, detail, hash.
// Numbers are big-endian; each text has its length (u32) before it.
#include "controller/audit/record.hpp"

#include "controller/store/keys.hpp"
#include "shared/crypto/sodium_hash.hpp"

namespace vigie::controller {
namespace {
constexpr uint8_t row_form = 1;
constexpr size_t hash_part_size = 4 + 64;  // its length and its digits
}  // namespace

std::string_view name_of(AuditOutcome outcome) {
    switch (outcome) {
        case AuditOutcome::ok:
            return "ok";
        case AuditOutcome::refused:
            return "refused";
        case AuditOutcome::failed:
            return "failed";
    }
    return "failed";
}

AuditRow audit_row(uint64_t seq, std::string_view previous, const AuditEntry& entry) {
    AuditRow row;
    row.bytes = keys::KeyWriter()
                    .u8(row_form)
                    .u64(seq)
                    .bytes(previous)
                    .u64(static_cast<uint64_t>(unix_ms(entry.at)))
                    .bytes(entry.user)
                    .bytes(entry.key)
                    .bytes(entry.role)
                    .bytes(entry.from)
                    .bytes(entry.verb)
                    .bytes(entry.arguments)
                    .u8(static_cast<uint8_t>(entry.outcome))
                    .bytes(entry.detail)
                    .take();
    row.hash = blake2b_hex(row.bytes);
    row.bytes += keys::KeyWriter().bytes(row.hash).take();
    return row;
}

Result<AuditRecord> decode_audit(std::string_view row) {
    keys::KeyReader reader(row);
    const auto form = reader.u8();
    AuditRecord record;
    record.seq = reader.u64();
    record.previous = reader.bytes();
    auto& entry = record.entry;
    entry.at = wall_from_unix_ms(static_cast<int64_t>(reader.u64()));
    entry.user = reader.bytes();
    entry.key = reader.bytes();
    entry.role = reader.bytes();
    entry.from = reader.bytes();
    entry.verb = reader.bytes();
    entry.arguments = reader.bytes();
    const auto outcome = reader.u8();
    entry.detail = reader.bytes();
    record.hash = reader.bytes();
    if (!reader.is_ok() || !reader.is_done() || form != row_form || outcome < 1 || outcome > 3 ||
        record.hash.size() + 4 != hash_part_size) {
        return fail(ErrorCode::corrupt, "its bytes are no record");
    }
    if (blake2b_hex(row.substr(0, row.size() - hash_part_size)) != record.hash) {
        return fail(ErrorCode::corrupt, "its bytes are not those that its hash was made of");
    }
    entry.outcome = static_cast<AuditOutcome>(outcome);
    return record;
}

}  // namespace vigie::controller

// fuzz: vigie_controller_audit
// Rows of the audit log, as somebody who changes the store leaves them. What is read is, written again, the same bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controller/audit/chain.hpp"

using namespace vigie::controller;

namespace {

void expect(bool holds) {
    if (!holds) {
        __builtin_trap();
    }
}

// Among mutations a row with the right hash is rare, so one is made of what was given.
void read_own(std::string_view bytes) {
    AuditEntry entry;
    entry.user = bytes.substr(0, bytes.size() / 2);
    entry.detail = bytes.substr(bytes.size() / 2);
    const auto made = audit_row(bytes.size(), audit_origin, entry);
    const auto again = decode_audit(made.bytes);
    expect(again && again->entry == entry && again->hash == made.hash);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view row(reinterpret_cast<const char*>(data), size);
    if (const auto record = decode_audit(row)) {
        expect(audit_row(record->seq, record->previous, record->entry).bytes == row);
    }
    if (const auto place = decode_audit_place(row)) {
        expect(audit_place_row(*place) == row);
    }
    static_cast<void>(AuditWalk(AuditPlace{}).next(row.substr(0, 8), row));
    read_own(row);
    return 0;
}

// Does to the audit log of a closed store what somebody with root on the controller's machine could:
//   audit_tamper STORE change|remove|swap|cut SEQ
#include <cstdio>
#include <cstdlib>
#include <string>

#include "controller/audit/record.hpp"
#include "controller/store/keys.hpp"
#include "controller/store/rocks_store.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
std::string row_at(const StateStore& store, uint64_t seq) {
    return store.get(Family::audit, keys::number(seq)).value().value();
}

StoreBatch tampering(const StateStore& store, const std::string& how, uint64_t seq) {
    StoreBatch batch;
    if (how == "change") {  // with a hash that fits
        auto record = decode_audit(row_at(store, seq)).value();
        record.entry.user = "somebody else";
        batch.put(Family::audit, keys::number(seq), audit_row(seq, record.previous, record.entry).bytes);
    } else if (how == "remove") {
        batch.erase(Family::audit, keys::number(seq));
    } else if (how == "swap") {
        batch.put(Family::audit, keys::number(seq), row_at(store, seq + 1));
        batch.put(Family::audit, keys::number(seq + 1), row_at(store, seq));
    } else if (how == "cut") {
        batch.erase_range(Family::audit, keys::number(seq), keys::number(UINT64_MAX));
    }
    return batch;
}
}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("audit_tamper STORE change|remove|swap|cut SEQ\n", stderr);
        return 2;
    }
    auto store = RocksStore::open(argv[1]);
    if (!store) {
        std::fprintf(stderr, "%s\n", store.error().message.c_str());
        return 1;
    }
    const auto batch = tampering(**store, argv[2], std::strtoull(argv[3], nullptr, 10));
    return !batch.is_empty() && (*store)->commit(batch) ? 0 : 1;
}

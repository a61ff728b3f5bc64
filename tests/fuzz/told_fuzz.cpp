// fuzz: vigie_controller_notify
// Any bytes as the record of what a receiver was told, or of an attempt to tell it: what was read, written and read
// again is the same.
#include <cstdlib>

#include "controller/notify/attempt.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    using namespace vigie::controller;
    const std::string_view row(reinterpret_cast<const char*>(bytes), size);
    if (const auto told = notify::decode_told(row)) {
        const auto again = notify::decode_told(notify::encode(*told));
        if (!again || *again != *told) {
            std::abort();
        }
    }
    if (const auto key = notify::read_told_key(row)) {
        const auto again = notify::read_told_key(notify::told_key(*key));
        if (!again || *again != *key) {
            std::abort();
        }
    }
    // The first byte says how much of the rest is the key of an attempt; what follows is its row.
    const auto rest = row.substr(std::min<size_t>(row.size(), 1));
    const auto key_size = row.empty() ? 0 : std::min<size_t>(static_cast<uint8_t>(row[0]), rest.size());
    const auto key = "a" + std::string(rest.substr(0, key_size));
    static_cast<void>(notify::read_attempt_key(key));
    if (const auto attempt = notify::decode_attempt(key, rest.substr(key_size))) {
        const auto again = notify::decode_attempt(notify::attempt_key(*attempt), notify::encode(*attempt));
        if (!again || *again != *attempt) {
            std::abort();
        }
    }
    return 0;
}

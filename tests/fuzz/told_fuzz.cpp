// fuzz: vigie_controller_notify
// Any bytes as the record of what a receiver was told: what was read, written and read again is the same.
#include <cstdlib>

#include "controller/notify/told.hpp"

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
    return 0;
}

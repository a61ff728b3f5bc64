// getrandom(2), and numbers made of bytes.
#include "shared/os/random.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <vector>

#include "shared/core/assert.hpp"

namespace vigie {

uint64_t Random::next() {
    std::array<uint8_t, 8> bytes{};
    fill(bytes);
    uint64_t value = 0;
    for (const auto byte : bytes) {
        value = value << 8 | byte;
    }
    return value;
}

double Random::fraction() {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::string Random::hex(size_t count) {
    std::vector<uint8_t> bytes(count);
    fill(bytes);
    std::string text;
    for (const auto byte : bytes) {
        constexpr const char* digits = "0123456789abcdef";
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

void SystemRandom::fill(std::span<uint8_t> bytes) {
    while (!bytes.empty()) {
        const auto got = getrandom(bytes.data(), bytes.size(), 0);
        VIGIE_ASSERT(got > 0 || errno == EINTR);
        if (got > 0) {
            bytes = bytes.subspan(static_cast<size_t>(got));
        }
    }
}

}  // namespace vigie

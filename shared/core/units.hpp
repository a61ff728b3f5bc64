// Sizes that carry their unit.
#pragma once
#include <compare>
#include <cstdint>
#include <string>

#include "shared/core/error.hpp"

namespace vigie {

struct Bytes {
    uint64_t count = 0;
    auto operator<=>(const Bytes&) const = default;
};
constexpr Bytes operator""_B(unsigned long long n) {
    return Bytes{n};
}
constexpr Bytes operator""_KiB(unsigned long long n) {
    return Bytes{n << 10};
}
constexpr Bytes operator""_MiB(unsigned long long n) {
    return Bytes{n << 20};
}

// "1.5 MiB", three significant digits.
std::string format_bytes(Bytes size);
// "64MiB", "100k", "1G", "512": k, M, G and KiB, MiB, GiB all mean powers of 1024, as logrotate has it.
Result<Bytes> parse_bytes(std::string_view text);

}  // namespace vigie

// All that a session may know of the outside world when something happens to it.
#pragma once
#include <cstdint>

#include "shared/core/time.hpp"

namespace vigie::protocol {

struct Moment {
    MonoTime mono;
    WallTime wall;
    uint64_t random = 0;  // uniform over 64 bits and new for each input: jitter and session numbers come from it
};

// The random number as a fraction in [0, 1).
constexpr double fraction_of(const Moment& moment) {
    return static_cast<double>(moment.random >> 11) * 0x1.0p-53;
}

}  // namespace vigie::protocol

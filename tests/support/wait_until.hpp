// Polling with a deadline, for tests against real sockets and processes: it returns as soon as the condition holds.
#pragma once
#include <poll.h>

#include <chrono>
#include <functional>

namespace vigie::tests {

// True as soon as the condition holds; false after a minute, which no healthy loopback exchange needs.
inline bool wait_until(const std::function<bool()>& is_true,
                       std::chrono::milliseconds limit = std::chrono::milliseconds{60'000}) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!is_true()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        poll(nullptr, 0, 1);
    }
    return true;
}

}  // namespace vigie::tests

// The kernel's clocks.
#include "shared/os/clock.hpp"

#include <ctime>

namespace vigie {
namespace {
nanoseconds read_clock(clockid_t id) {
    timespec now{};
    clock_gettime(id, &now);
    return seconds{now.tv_sec} + nanoseconds{now.tv_nsec};
}
}  // namespace

MonoTime SystemClock::mono() const {
    return MonoTime{read_clock(CLOCK_BOOTTIME)};
}
WallTime SystemClock::wall() const {
    return WallTime{std::chrono::floor<milliseconds>(read_clock(CLOCK_REALTIME))};
}

}  // namespace vigie

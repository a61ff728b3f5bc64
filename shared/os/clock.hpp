// Time as an interface, so that a test can own it.
#pragma once
#include "shared/core/time.hpp"

namespace vigie {

class Clock {
  public:
    virtual ~Clock() = default;
    virtual MonoTime mono() const = 0;  // CLOCK_BOOTTIME: goes on while the host sleeps
    virtual WallTime wall() const = 0;  // CLOCK_REALTIME
};

class SystemClock final : public Clock {
  public:
    MonoTime mono() const override;
    WallTime wall() const override;
};

}  // namespace vigie

// A clock that stands still until the test moves it. Wall and monotonic time can be moved apart, as by an operator.
#pragma once
#include "shared/os/clock.hpp"

namespace vigie::tests {

class ManualClock final : public Clock {
  public:
    MonoTime mono() const override { return mono_; }
    WallTime wall() const override { return wall_; }
    void advance(nanoseconds by) {
        mono_ += by;
        wall_ += std::chrono::duration_cast<milliseconds>(by);
    }
    void jump_wall(milliseconds by) { wall_ += by; }

  private:
    MonoTime mono_{std::chrono::hours{1}};
    WallTime wall_ = wall_from_unix_ms(1'800'000'000'000);  // 2027-01-15T08:00:00Z
};

}  // namespace vigie::tests

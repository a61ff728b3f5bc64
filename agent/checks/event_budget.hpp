// How many events a check may make, so that one that flaps can neither fill the outbox nor the controller's event log.
// The metrics tell every change all the same.
#pragma once
#include <cstdint>

#include "shared/core/time.hpp"

namespace vigie::agent {

class EventBudget {
  public:
    // Whether one more may be told now; one that may not is counted.
    bool spend(MonoTime now);
    // How many were not told since the last that was.
    uint64_t take_untold();

  private:
    // A bad evening has a dozen changes; after that one in three minutes still shows that it goes on.
    static constexpr int64_t saved_max = 20;
    static constexpr nanoseconds refill_every = 3min;

    int64_t saved_ = saved_max;
    MonoTime refilled_at_{};
    bool is_used_ = false;
    uint64_t untold_ = 0;
};

}  // namespace vigie::agent

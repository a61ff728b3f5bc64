// Where work waits for a thread of the pool, so that the loop goes on.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>

#include "shared/core/error.hpp"

namespace vigie::controller::web {

class WorkQueue {
  public:
    using Id = uint64_t;
    // On a thread of the pool. Looks at `cancelled` now and then, and gives what is to follow on the loop.
    using Work = std::function<std::function<void()>(const std::atomic<bool>& cancelled)>;

    virtual ~WorkQueue() = default;
    // On the loop. Waits for its turn when others run; nothing follows before this has returned. too_large: too many
    // wait already.
    virtual Result<Id> start(Work work) = 0;
    // On the loop: nobody wants it any more, so nothing follows. Numbers that are over are passed over.
    virtual void cancel(Id id) = 0;
};

}  // namespace vigie::controller::web

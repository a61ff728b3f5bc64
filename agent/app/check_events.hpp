// Changes of checks on their way into the results stream, as events of the host. What the outbox does not take now
// waits here. Loop thread only.
#pragma once
#include <deque>
#include <functional>

#include "agent/checks/check_runner.hpp"
#include "agent/outbox/outbox.hpp"

namespace vigie::agent {

class CheckEvents {
  public:
    // `outbox`: the one that is open now. `appended`: an event was added. Not called from within the outbox.
    CheckEvents(std::function<Outbox&()> outbox, std::function<void()> appended)
        : outbox_(std::move(outbox)), appended_(std::move(appended)) {}

    void tell(const CheckEvent& event);
    // With each reading: what could not be kept before is tried again.
    void flush();

  private:
    // Each check may tell twenty changes at once (EventBudget); a full disk is no reason to hold more than a few of
    // them.
    static constexpr size_t events_max = 1024;

    std::function<Outbox&()> outbox_;
    std::function<void()> appended_;
    std::deque<CheckEvent> events_;
    std::string trouble_;  // logged last
};

}  // namespace vigie::agent

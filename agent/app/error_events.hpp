// Errors of logs on their way into the logs stream, as events of the host. What the outbox does not take now waits
// here. Loop thread only.
#pragma once
#include <deque>
#include <functional>

#include "agent/errors/error_groups.hpp"
#include "agent/outbox/outbox.hpp"

namespace vigie::agent {

// For people, and in its `errors` for programs.
protocol::HostEvent event_of(const errors::ErrorReport& report);

class ErrorEvents {
  public:
    // `outbox`: the one that is open now. `appended`: an event was added. Not called from within the outbox.
    ErrorEvents(std::function<Outbox&()> outbox, std::function<void()> appended)
        : outbox_(std::move(outbox)), appended_(std::move(appended)) {}

    void tell(const errors::ErrorReport& report);
    // With each reading: what could not be kept before is tried again.
    void flush();

    // In the outbox no more wait for the controller: each has 14 KiB at most, and metrics make way for them.
    static constexpr uint64_t unacked_max = 1'000;
    // Here. What the files tell at once is bounded by ErrorGroups; older ones than these are let go.
    static constexpr size_t events_max = 500;

  private:
    std::function<Outbox&()> outbox_;
    std::function<void()> appended_;
    std::deque<protocol::HostEvent> events_;
    std::string trouble_;  // logged last
};

}  // namespace vigie::agent

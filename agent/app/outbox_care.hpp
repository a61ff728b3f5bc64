// Looks after the agent's outbox while it runs, so that no loss is silent: what was lost or nearly lost goes to the
// controller as an event of the host. Loop thread only.
#pragma once
#include <deque>
#include <functional>
#include <string>

#include "agent/outbox/agent_state.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent {

// What the rest of the daemon does about it.
struct OutboxCareCallbacks {
    std::function<void()> replaced;                  // a new file with new incarnations
    std::function<void(protocol::Stream)> appended;  // an event was added
    std::function<void(const Error&)> cannot_go_on;  // no file could be opened: end the agent
};

class OutboxCare {
  public:
    // Keeps the references.
    OutboxCare(AgentState& state, const Clock& clock, OutboxCareCallbacks callbacks)
        : state_(state), clock_(clock), callbacks_(std::move(callbacks)) {}

    // Before each reading: is the file still there? Tells what happened to it.
    void check();
    // What became of a reading. Those that could not be kept are counted, and told once one can be again. A full outbox
    // is not among them: it gives the reading's number away, which the controller sees as a gap.
    void note_reading(const Result<uint64_t>& kept);
    // Any operation on the outbox failed. Not from within one.
    void note_failure(const Error& error);
    // Something else that the controller must hear of, from this part of the agent. With the next check.
    void note_event(std::string source, protocol::EventSeverity severity, std::string message);
    // The link gave this stream a new incarnation, because the host was set back.
    void note_renewal(protocol::Stream stream);

  private:
    struct Event {
        WallTime at;
        protocol::EventSeverity severity;
        std::string source;
        std::string message;
    };
    // Events wait here while the outbox takes none. More than a few different ones can't come up while it is so.
    static constexpr size_t events_max = 64;

    void tell(WallTime at, protocol::EventSeverity severity, std::string message, std::string source = "outbox");
    void tell_notices();
    void flush();

    AgentState& state_;
    const Clock& clock_;
    OutboxCareCallbacks callbacks_;
    std::deque<Event> events_;
    std::string trouble_;  // logged last, so that it is not logged again each time
    uint64_t readings_lost_ = 0;
    WallTime first_lost_at_{};
    WallTime last_lost_at_{};
    std::string why_lost_;
};

}  // namespace vigie::agent

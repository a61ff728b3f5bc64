// What happened, for people: gaps, quarantined samples, events of hosts. Rows of Family::events in the order recorded.
// Not the audit log (who changed what, chained by hashes).
#pragma once
#include <string>
#include <vector>

#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

enum class Severity : uint8_t { info = 1, warning = 2, error = 3 };

struct Event {
    WallTime recorded_at{};  // the controller's clock; the place in the log
    WallTime happened_at{};  // the clock of the host it is about; may be wrong
    Severity severity = Severity::info;
    AgentId agent;        // "" when it is about the controller itself
    std::string kind;     // one word for programs, such as "gap"
    std::string message;  // one sentence for people
    bool operator==(const Event&) const = default;
};

// Only on the committer's thread, inside prepare.
class EventLog {
  public:
    static Result<EventLog> open(const StateStore& store);
    // A failed commit only leaves a hole in the numbers.
    void append(const Event& event, StoreBatch& batch);

  private:
    explicit EventLog(uint64_t next) : next_(next) {}
    uint64_t next_;
};

std::string event_row(const Event& event);
Result<Event> read_event(std::string_view key, std::string_view row);
// The newest `count_max` of [from, to) that are as severe or more, newest first; of one agent when it is given. Any
// thread.
Result<std::vector<Event>> newest_events(const StateStore& store, WallTime from, WallTime to, size_t count_max,
                                         const AgentId* agent = nullptr, Severity least = Severity::info);

}  // namespace vigie::controller

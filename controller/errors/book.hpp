// What happens to groups of errors. On the committer's thread; what a batch changes is seen by the next step in it.
#pragma once
#include "controller/errors/rows.hpp"
#include "protocol/messages/messages.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller::errors {

// Of all hosts. Each has a sample of up to 10 KiB: of so many that is 200 MiB at the very worst, and 20 MiB mostly. A
// list reads all groups, some 15 ms.
constexpr uint64_t groups_max = 20'000;
// Of one group; of more hosts only the sum is kept.
constexpr uint32_t hosts_max = 1'000;
// A quarter, in which whoever wants to know has looked.
constexpr auto kept_for = std::chrono::hours{24 * 90};

enum class Noted {
    known,     // counted
    fresh,     // a kind that nobody had
    reopened,  // it came after it was resolved
    no_room,   // a new kind beyond groups_max: left out
};

struct Step {
    Noted noted = Noted::known;
    ErrorGroup group;  // as it is now
};

// What a host tells of one kind. Times ahead of `now` count as now. malformed: no fingerprint. Any other error is the
// store's.
Result<Step> note_errors(const StateStore& store, const AgentId& host, const protocol::LogErrors& told, WallTime now,
                         StoreBatch& batch);

// What a person decided. not_found: there is no such group. conflict: it is so already.
Result<ErrorGroup> set_state(const StateStore& store, std::string_view fingerprint, State state, std::string_view by,
                             WallTime now, StoreBatch& batch);

// Forgets what came for the last time before `kept_for`.
Result<void> prune_errors(const StateStore& store, WallTime now, StoreBatch& batch);

}  // namespace vigie::controller::errors

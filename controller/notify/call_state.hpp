// What became of an escalation's calls at one channel, by the rows of Family::outbox. The escalation itself only knows
// that it owed them.
#pragma once
#include <optional>

#include "controller/notify/attempt.hpp"

namespace vigie::controller::notify {

// Of the whole episode: which of its calls was taken, or failed, it does not tell.
struct CallState {
    bool is_taken = false;            // a call of this episode got through
    std::optional<Attempt> failed{};  // the newest attempt at one, when it did not
};

// `call`: the last one that is owed to the channel's receiver; those before it are of the same episode. Damaged rows
// count for nothing. Any thread; reads what is kept of this alert and channel alone.
Result<CallState> call_state(const StateStore& store, const std::string& target, const alerts::Notification& call);

}  // namespace vigie::controller::notify

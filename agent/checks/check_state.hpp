// Soft and hard states: https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/statetypes.html, which
// Icinga keeps. A result that is not OK is soft until max_attempts of them came in a row; then it is hard, and somebody
// is called. Pure: time is an argument.
#pragma once
#include "agent/checks/check.hpp"

namespace vigie::agent {

struct CheckState {
    bool has_result = false;
    CheckStatus status = CheckStatus::ok;       // of the last result
    CheckStatus hard_status = CheckStatus::ok;  // of the last hard state
    bool is_hard = true;
    int64_t attempt = 1;    // 1 to max_attempts
    WallTime since{};       // the last change of status
    WallTime hard_since{};  // the last change of hard_status
    bool operator==(const CheckState&) const = default;
};

enum class CheckChange {
    none,
    first,  // the first result of all, or since its definition changed
    soft,   // another status, or the end of one that never became hard
    hard,   // hard_status is another
};

// Takes one result. A change between states that are not OK goes on counting while soft, and is hard at once when the
// state was hard.
CheckChange advance(CheckState& state, CheckStatus result, int64_t max_attempts, WallTime now);

// From the start of the run whose result came last to the start of the next one.
milliseconds pause_after(const CheckState& state, const Check& check);

}  // namespace vigie::agent

// What of each check outlives a restart of the agent, as text in a file of its state folder:
//     vigie checks 1
//     DEFINITION STATUS HARD_STATUS IS_HARD ATTEMPT SINCE HARD_SINCE LAST_RUN DURATION NAME
// DEFINITION in hex, the other numbers in decimal: states as vigie_check_status has them, times and the duration in
// milliseconds. What can't be read costs its own line only: that check begins anew.
#pragma once
#include <map>
#include <string>

#include "agent/checks/check_state.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

struct RememberedCheck {
    uint64_t definition = 0;  // definition_hash() of the check that it is the state of
    CheckState state;         // has_result is true
    WallTime last_run_at{};
    milliseconds duration{0};
    bool operator==(const RememberedCheck&) const = default;
};
using RememberedChecks = std::map<std::string, RememberedCheck>;  // by name

// Of all that the configuration says of a check, without the line where it stands. The same in all processes.
uint64_t definition_hash(const Check& check);

std::string write_check_memory(const RememberedChecks& checks);

struct ParsedCheckMemory {
    RememberedChecks checks;
    std::vector<int> bad_lines;  // their numbers, from 1
};
// malformed when it is no such file at all. unsupported: of a later version.
Result<ParsedCheckMemory> parse_check_memory(std::string_view text);

// With no time later than now: a clock that was ahead must not make a state of the future. Nothing when the state is of
// another definition.
std::optional<RememberedCheck> recalled(const RememberedChecks& checks, const Check& check, WallTime now);

}  // namespace vigie::agent

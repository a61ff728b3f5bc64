// When each log was last rotated: logrotate's state file, version 2. Lines are `"path" Y-M-D-h:m:s` in local time.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent::logs {

constexpr std::string_view default_state_file = "/var/lib/vigie/rotation.state";

struct RotationState {
    std::map<std::string, WallTime> last_rotated;  // by path
    std::vector<std::string> warnings;             // lines that were dropped, each with file and line
};

// A bad line costs its own entry only. A file that does not begin as a state file is refused: it would be overwritten.
Result<RotationState> parse_state(std::string_view text, std::string_view file);
std::string write_state(const RotationState& state);

}  // namespace vigie::agent::logs

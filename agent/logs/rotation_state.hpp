// When each log was last rotated: logrotate's state file, version 2. Lines are `"path" Y-M-D-h:m:s` in local time.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent::logs {

constexpr std::string_view default_state_file = "/var/lib/vigie/rotation.state";
constexpr std::string_view logrotate_state_file = "/var/lib/logrotate/status";  // Debian's, of vigie-logrotate
constexpr std::string_view no_state_file = "/dev/null";                         // asks for no state at all

struct RotationState {
    std::map<std::string, WallTime> last_rotated;  // by path
    std::vector<std::string> warnings;             // lines that were dropped, each with file and line
    std::vector<int> bad_lines;                    // their numbers
};

// A bad line costs its own entry only. A file that does not begin as a state file is refused: it would be overwritten.
Result<RotationState> parse_state(std::string_view text, std::string_view file);
std::string write_state(const RotationState& state);

}  // namespace vigie::agent::logs

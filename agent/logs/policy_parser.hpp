// The text of a policy file into blocks. Pure: no file is looked at, globs stay as they are written.
// The syntax is that of logrotate.conf(5); directives outside this slice are refused by name, file and line.
#pragma once
#include <string_view>
#include <vector>

#include "agent/logs/policy.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent::logs {

// `file` is the name for messages. Global directives become defaults of the blocks below them.
Result<std::vector<Block>> parse_policy(std::string_view text, std::string_view file);

}  // namespace vigie::agent::logs

// Programs that take a file on standard input: compressors, mailers, shred. Blocks until they have ended.
#pragma once
#include <string>
#include <vector>

#include "agent/logs/steps.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent::logs {

using Words = std::vector<std::string>;  // a program and its arguments

// Each program reads what the one before it writes; the first reads `in`, the last writes to `out`. With `su` they run
// as that user. They die with this process. Gives what they said on standard error; io when one fails.
// `compressed` is what compressors find in LOGROTATE_COMPRESSED_FILENAME; empty: nothing.
Result<std::string> run_filters(const std::vector<Words>& programs, int in, int out, const Tools& tools,
                                const std::string& compressed = "");

// "a  b" is two words.
Words split_at_spaces(std::string_view text);

}  // namespace vigie::agent::logs

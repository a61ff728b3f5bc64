// What two errors of one kind have in common.
#pragma once
#include <string>
#include <string_view>

#include "agent/errors/record.hpp"

namespace vigie::agent::errors {

// The text with all that differs from one time to the next left out: UUIDs, numbers, addresses, hex, words that mix
// letters and digits, absolute paths and URLs, quoted values, each for a mark such as <n>. Blanks count as one.
std::string pattern_of(std::string_view message);

// 16 hex digits, the same on every host and in every version: FNV-1a of 64 bits over the logger, the
// exception's type, the message's pattern, and the file's name and function it came from. The line within the file is
// left out: it moves with every release. Somebody who wants two errors to have one fingerprint can make them so; all
// that they gain is one group for both.
std::string fingerprint_of(const LogRecord& record);

}  // namespace vigie::agent::errors

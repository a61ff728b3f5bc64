// Quoted words of the state file and the journal: `"a \"b\"\n"`, with backslash, quote and newline escaped. Both are on
// disk; the state file's form is logrotate's.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vigie::agent::logs {

std::string quoted(std::string_view text);
// Takes a quoted word and the spaces behind it off the front of `text`; nullopt when there is none.
std::optional<std::string> take_quoted(std::string_view& text);

}  // namespace vigie::agent::logs

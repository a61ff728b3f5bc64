// What the directives of a policy file mean. Pure. Scripts, `include` and taboo lists are not among them
// (policy_parser).
#pragma once
#include "agent/logs/policy.hpp"
#include "agent/logs/policy_words.hpp"

namespace vigie::agent::logs {

// The first word is the directive, the others its values; takes effect in `block`. malformed: an unknown one, or a
// value that is none. Messages name the directive, not the line.
Result<void> apply_directive(Block& block, Tokens words);

// Whether there is such a directive, and whether it takes values.
enum class DirectiveKind { unknown, flag, valued };
DirectiveKind kind_of(std::string_view name);

// malformed unless so many values follow the directive.
Result<void> expect_count(Tokens words, size_t least, size_t most);

}  // namespace vigie::agent::logs

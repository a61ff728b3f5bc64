// What the directives of a policy file mean. Pure. Scripts are not among them: they span lines (policy_parser).
#pragma once
#include "agent/logs/policy.hpp"
#include "agent/logs/policy_words.hpp"

namespace vigie::agent::logs {

// The first word is the directive, the others its values; takes effect in `block`. unsupported: one of logrotate's that
// this program leaves out; malformed: any other, or a value that is none. Messages name the directive, not the line.
Result<void> apply_directive(Block& block, Tokens words);

// malformed unless so many values follow the directive.
Result<void> expect_count(Tokens words, size_t least, size_t most);

}  // namespace vigie::agent::logs

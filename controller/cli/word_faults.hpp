// What is wrong with words that CLI11 does not take, in ours.
#pragma once
#include <string>
#include <vector>

namespace vigie::controller {

// What is wrong when a word, or an option's value, is empty: nothing is chosen by it, and a script's variable that is
// not set must not widen what is shown or done. "" when none is.
std::string empty_word(const std::vector<std::string>& words);

}  // namespace vigie::controller

// What is wrong with words that CLI11 does not take, in ours.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace vigie::controller {

// The first word that is no command where one was expected, and its nearest command; "" when each is one.
std::string suggestion(const CLI::App& app, const std::vector<std::string>& words);
// What is wrong when a word, or an option's value, is empty: nothing is chosen by it, and a script's variable that is
// not set must not widen what is shown or done. "" when none is.
std::string empty_word(const std::vector<std::string>& words);

}  // namespace vigie::controller

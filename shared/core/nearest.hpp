// Guesses the word that a person meant, for "did you mean" in errors.
#pragma once
#include <set>
#include <string>

namespace vigie {

using Words = std::set<std::string, std::less<>>;

// The known word with the fewest edits, when it is near enough to be meant; "" otherwise.
std::string nearest(std::string_view word, const Words& known);

// ", did you mean '…'?", or "" when no known word is near enough.
std::string did_you_mean(std::string_view word, const Words& known);

}  // namespace vigie

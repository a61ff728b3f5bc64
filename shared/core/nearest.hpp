// Guesses the word that a person meant, for "did you mean" in errors.
#pragma once
#include <set>
#include <string>

namespace vigie {

using Words = std::set<std::string, std::less<>>;

// The known word with the fewest edits, when it is near enough to be meant; "" otherwise.
std::string nearest(std::string_view word, const Words& known);

}  // namespace vigie

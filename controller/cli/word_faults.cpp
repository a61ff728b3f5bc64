#include "controller/cli/word_faults.hpp"

#include <fmt/format.h>

namespace vigie::controller {

std::string empty_word(const std::vector<std::string>& words) {
    for (size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (word.starts_with("--") && word.ends_with('=')) {
            return word.substr(0, word.size() - 1) + " needs a value";
        }
        if (word.empty()) {
            return i == 0 ? "the first word is empty"
                          : fmt::format("the word after '{}' is empty: is a variable in the command not set?",
                                        words[i - 1]);
        }
    }
    return "";
}

}  // namespace vigie::controller

#include "controller/cli/word_faults.hpp"

#include <fmt/format.h>

#include "shared/core/nearest.hpp"

namespace vigie::controller {

std::string suggestion(const CLI::App& app, const std::vector<std::string>& words) {
    const auto* level = &app;
    bool is_value = false;  // of the option before it
    for (const auto& word : words) {
        if (std::exchange(is_value, false)) {
            continue;
        }
        if (word.starts_with('-')) {
            const auto* own = level->get_option_no_throw(word);
            const auto* option = own != nullptr ? own : app.get_option_no_throw(word);
            is_value = option != nullptr && option->get_items_expected() > 0;
            continue;
        }
        Words known;
        const CLI::App* next = nullptr;
        for (const auto* sub : level->get_subcommands([](const CLI::App*) { return true; })) {
            known.insert(sub->get_name());
            next = sub->get_name() == word ? sub : next;
        }
        if (known.empty()) {
            return "";
        }
        if (next == nullptr) {
            const auto near = nearest(word, known);
            return near.empty() ? fmt::format("unknown command '{}'", word)
                                : fmt::format("unknown command '{}', did you mean '{}'?", word, near);
        }
        level = next;
    }
    return "";
}

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

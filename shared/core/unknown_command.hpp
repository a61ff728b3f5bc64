// Guesses the command that a person meant, for programs that read their command line with CLI11.
#pragma once
#include <utility>
#include <vector>

#include "shared/core/nearest.hpp"

namespace vigie {

// The first word that is no command of a CLI::App where one was expected, and its nearest command; "" when each is one.
template <typename App>
std::string unknown_command(const App& app, const std::vector<std::string>& words) {
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
        const App* next = nullptr;
        for (const auto* sub : level->get_subcommands([](const App*) { return true; })) {
            known.insert(sub->get_name());
            next = sub->get_name() == word ? sub : next;
        }
        if (known.empty()) {
            return "";
        }
        if (next == nullptr) {
            return "unknown command '" + word + "'" + did_you_mean(word, known);
        }
        level = next;
    }
    return "";
}

}  // namespace vigie

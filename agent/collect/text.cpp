// Patterns for the names of devices.
#include "agent/collect/text.hpp"

#include <algorithm>

namespace vigie::agent {

bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool matches(std::string_view pattern, std::string_view text) {
    size_t p = 0;
    size_t t = 0;
    auto star = std::string_view::npos;  // the last * seen, and how far it has eaten
    size_t eaten = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            eaten = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++eaten;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool matches_any(std::span<const std::string> patterns, std::string_view text) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& one) { return matches(one, text); });
}

}  // namespace vigie::agent

// Patterns for the names of devices.
#include "agent/series/text.hpp"

#include <algorithm>

namespace vigie::agent {

size_t utf8_length(std::string_view text) {
    const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
    if (text.empty() || byte(0) < 0x80) {
        return text.empty() ? 0 : 1;
    }
    const size_t length = byte(0) >= 0xC2 && byte(0) <= 0xDF   ? 2
                          : byte(0) >= 0xE0 && byte(0) <= 0xEF ? 3
                          : byte(0) >= 0xF0 && byte(0) <= 0xF4 ? 4
                                                               : 0;
    if (length == 0 || text.size() < length) {
        return 0;
    }
    for (size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xC0) != 0x80) {
            return 0;
        }
    }
    const bool is_overlong = (byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xF0 && byte(1) < 0x90);
    const bool is_surrogate = byte(0) == 0xED && byte(1) > 0x9F;
    const bool is_over_the_end = byte(0) == 0xF4 && byte(1) > 0x8F;
    return is_overlong || is_surrogate || is_over_the_end ? 0 : length;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string to_utf8(std::string_view text) {
    std::string valid;
    bool is_in_run = false;
    while (!text.empty()) {
        const auto length = utf8_length(text);
        if (length > 0) {
            valid += text.substr(0, length);
        } else if (!is_in_run) {
            valid += "\xEF\xBF\xBD";
        }
        is_in_run = length == 0;
        text.remove_prefix(std::max<size_t>(length, 1));
    }
    return valid;
}

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

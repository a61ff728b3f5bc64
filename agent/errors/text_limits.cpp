// See the header.
#include "agent/errors/text_limits.hpp"

#include <algorithm>

namespace vigie::agent::errors {

std::string_view cut_to(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return text;
    }
    // A character has three bytes behind its first at most; whatever has more is no UTF-8 and cut anywhere.
    size_t end = bytes_max;
    for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; ++back) {
        --end;
    }
    return text.substr(0, end);
}

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const auto last = text.find_last_not_of(blanks);
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::string without_colours(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\x1b' || at + 1 >= text.size() || text[at + 1] != '[') {
            plain += text[at];
            continue;
        }
        at += 2;
        while (at < text.size() && (text[at] < '@' || text[at] > '~')) {
            ++at;
        }
    }
    return plain;
}

}  // namespace vigie::agent::errors

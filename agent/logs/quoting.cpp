#include "agent/logs/quoting.hpp"

namespace vigie::agent::logs {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::optional<std::string> take_quoted(std::string_view& text) {
    if (!text.starts_with('"')) {
        return std::nullopt;
    }
    std::string word;
    for (size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            const auto next = text.find_first_not_of(' ', i + 1);
            text.remove_prefix(next == text.npos ? text.size() : next);
            return word;
        }
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
            word += text[i] == 'n' ? '\n' : text[i];
        } else {
            word += text[i];
        }
    }
    return std::nullopt;
}

}  // namespace vigie::agent::logs

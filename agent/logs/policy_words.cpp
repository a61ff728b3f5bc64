// One pass over the line's characters.
#include "agent/logs/policy_words.hpp"

#include <cstring>

namespace vigie::agent::logs {

Result<std::vector<Token>> split_words(std::string_view line) {
    std::vector<Token> words;
    size_t at = 0;
    while ((at = line.find_first_not_of(" \t\r", at)) != line.npos && line[at] != '#') {
        Token word;
        if (line[at] == '"' || line[at] == '\'') {
            const char quote = line[at++];
            word.is_quoted = true;
            while (at < line.size() && line[at] != quote) {
                if (line[at] == '\\' && at + 1 < line.size()) {
                    word.text += line[at++];
                }
                word.text += line[at++];
            }
            if (at++ >= line.size()) {
                return fail(ErrorCode::malformed, "the quote {} is not closed", quote);
            }
        } else {
            while (at < line.size() && !std::strchr(" \t\r", line[at])) {
                if (line[at] == '\\' && at + 1 < line.size()) {
                    word.text += line[at++];
                }
                word.text += line[at++];
            }
        }
        const bool has_brace =
            !word.is_quoted && word.text.size() > 1 && word.text.ends_with('{') && !word.text.ends_with("\\{");
        if (has_brace) {
            word.text.pop_back();
        }
        words.push_back(std::move(word));
        if (has_brace) {
            words.push_back(Token{.text = "{"});
        }
    }
    return words;
}

std::vector<Token> without_equals(Tokens words) {
    std::vector<Token> plain(words.begin(), words.end());
    if (const auto equals = plain[0].text.find('='); equals != std::string::npos && equals > 0) {
        Token value{.text = plain[0].text.substr(equals + 1)};
        plain[0].text.resize(equals);
        if (!value.text.empty()) {
            plain.insert(plain.begin() + 1, std::move(value));
        }
    } else if (plain.size() > 1 && plain[1].is("=")) {
        plain.erase(plain.begin() + 1);
    } else if (plain.size() > 1 && !plain[1].is_quoted && plain[1].text.starts_with('=')) {
        plain[1].text.erase(0, 1);
    }
    return plain;
}

}  // namespace vigie::agent::logs

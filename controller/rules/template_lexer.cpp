#include "controller/rules/template_lexer.hpp"

#include "controller/query/literals.hpp"

namespace vigie::controller::rules::templates {
namespace {

using query::Parsed;
using query::ParseError;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view trimmed_end(std::string_view text) {
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}
std::string_view trimmed_start(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    return text;
}

tl::unexpected<ParseError> refuse(size_t offset, std::string message, ErrorCode code = ErrorCode::malformed) {
    return tl::unexpected(ParseError{code, offset, std::move(message)});
}

// Where the action that starts at `from` ends: the position of its "}}", outside of strings. npos when there is none.
size_t end_of_action(std::string_view text, size_t from) {
    char quote = '\0';
    for (size_t i = from; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != '\0') {
            i += c == '\\' && quote == '"' ? 1 : 0;
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '`') {
            quote = c;
        } else if (c == '}' && text.substr(i, 2) == "}}") {
            return i;
        }
    }
    return std::string_view::npos;
}

class ActionLexer {
  public:
    ActionLexer(std::string_view action, size_t offset) : text_(action), offset_(offset) {}

    Parsed<std::vector<Word>> read() {
        while (at_ < text_.size()) {
            if (is_blank(text_[at_])) {
                is_joined_ = false;
                ++at_;
                continue;
            }
            if (auto read = word(); !read) {
                return tl::unexpected(read.error());
            }
            is_joined_ = true;
        }
        add(Word::Kind::end, "", at_);
        return std::move(words_);
    }

  private:
    void add(Word::Kind kind, std::string text, size_t at) {
        words_.push_back({kind, std::move(text), offset_ + at, is_joined_});
    }

    template <typename Is>
    std::string take_while(const Is& is) {
        const auto start = at_;
        while (at_ < text_.size() && is(text_[at_])) {
            ++at_;
        }
        return std::string(text_.substr(start, at_ - start));
    }

    Parsed<void> word() {
        const auto start = at_;
        const char c = text_[at_];
        const auto is_word = [](char one) { return is_letter(one) || is_digit(one); };
        const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (c == '"' || c == '`') {
            return string();
        }
        if (is_digit(c) || ((c == '-' || c == '+' || c == '.') && is_digit(next))) {
            ++at_;
            auto rest = take_while([](char one) { return is_letter(one) || is_digit(one) || one == '.'; });
            add(Word::Kind::number, c + rest, start);
        } else if (c == '.' || c == '$') {
            ++at_;
            add(c == '.' ? Word::Kind::field : Word::Kind::variable, take_while(is_word), start);
        } else if (is_letter(c)) {
            add(Word::Kind::name, take_while(is_word), start);
        } else if (c == ':' && next == '=') {
            at_ += 2;
            add(Word::Kind::symbol, ":=", start);
        } else if (std::string_view("|(),=").find(c) != std::string_view::npos) {
            ++at_;
            add(Word::Kind::symbol, std::string(1, c), start);
        } else {
            return refuse(offset_ + start, fmt::format("unexpected {}", query::shown_character(text_.substr(at_))));
        }
        return {};
    }

    Parsed<void> string() {
        auto read = query::unquote(text_.substr(at_));
        if (!read) {
            return refuse(offset_ + at_ + read.error().offset, read.error().message);
        }
        add(Word::Kind::string, std::move(read->text), at_);
        at_ += read->bytes;
        return {};
    }

    std::string_view text_;
    size_t offset_;
    size_t at_ = 0;
    bool is_joined_ = false;
    std::vector<Word> words_;
};

// A comment fills its action.
Parsed<bool> is_comment(std::string_view action, size_t offset) {
    const auto bare = trimmed_start(trimmed_end(action));
    if (!bare.starts_with("/*")) {
        return false;
    }
    if (bare.size() < 4 || !bare.ends_with("*/")) {
        return refuse(offset, "a comment is not closed, or something stands after it");
    }
    return true;
}

}  // namespace

Parsed<std::vector<Piece>> split_template(std::string_view text) {
    std::vector<Piece> pieces;
    std::string before;        // comments join the texts around them
    bool is_trimming = false;  // the action before ended with -}}
    for (size_t at = 0;;) {
        const auto open = text.find("{{", at);
        auto literal = text.substr(at, open == std::string_view::npos ? open : open - at);
        literal = is_trimming ? trimmed_start(literal) : literal;
        if (open == std::string_view::npos) {
            pieces.push_back({before + std::string(literal), {}, text.size()});
            return pieces;
        }
        auto inside = open + 2;
        if (text.substr(inside, 1) == "-" && inside + 1 < text.size() && is_blank(text[inside + 1])) {
            literal = trimmed_end(literal);
            ++inside;
        }
        const bool has_comment = trimmed_start(text.substr(inside)).starts_with("/*");
        const auto close = has_comment ? text.find("}}", inside) : end_of_action(text, inside);
        if (close == std::string_view::npos) {
            return refuse(open, "'{{' is not closed");
        }
        auto action = text.substr(inside, close - inside);
        is_trimming = action.size() >= 2 && action.back() == '-' && is_blank(action[action.size() - 2]);
        action.remove_suffix(is_trimming ? 1 : 0);
        before += literal;
        at = close + 2;
        const auto comment = is_comment(action, open);
        if (!comment) {
            return tl::unexpected(comment.error());
        }
        if (*comment) {
            continue;
        }
        auto words = ActionLexer(action, inside).read();
        if (!words) {
            return tl::unexpected(words.error());
        }
        pieces.push_back({std::exchange(before, ""), std::move(*words), open});
    }
}

}  // namespace vigie::controller::rules::templates

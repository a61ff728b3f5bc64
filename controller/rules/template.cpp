// Splits a template at its braces, reads each action's pipeline, and fills it in.
#include "controller/rules/template.hpp"

#include <charconv>
#include <optional>
#include <set>
#include <span>

#include "controller/rules/scanner.hpp"
#include "controller/rules/template_functions.hpp"

namespace vigie::controller::rules {
namespace {

// An annotation is a page's text.
constexpr size_t template_bytes_max = 64 * 1024;

const std::set<std::string, std::less<>> control_words{"if",    "else",     "end",   "range",    "with",  "define",
                                                       "block", "template", "break", "continue", "query", "first"};

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
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

// The words of an action; strings keep their quotes, '|' is a word.
std::vector<std::string> words_of(std::string_view action) {
    std::vector<std::string> words;
    for (size_t i = 0; i < action.size();) {
        const char c = action[i];
        const auto start = i;
        if (is_blank(c)) {
            ++i;
            continue;
        }
        if (c == '|' || c == '(' || c == ')') {
            ++i;
        } else if (c == '"' || c == '`') {
            for (++i; i < action.size() && action[i] != c; ++i) {
                i += action[i] == '\\' && c == '"' ? 1 : 0;
            }
            i = std::min(i + 1, action.size());
        } else {
            while (i < action.size() && !is_blank(action[i]) &&
                   std::string_view("|()\"`").find(action[i]) == std::string_view::npos) {
                ++i;
            }
        }
        words.emplace_back(action.substr(start, i - start));
    }
    return words;
}

}  // namespace

class Template::Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<std::vector<Piece>> parse() {
        std::vector<Piece> pieces;
        bool is_trimming = false;  // the action before ended with -}}
        for (size_t at = 0;;) {
            const auto open = text_.find("{{", at);
            auto literal = text_.substr(at, open == std::string_view::npos ? open : open - at);
            literal = is_trimming ? trimmed_start(literal) : literal;
            if (open == std::string_view::npos) {
                pieces.emplace_back(std::string(literal));
                return pieces;
            }
            auto inside = open + 2;
            if (text_.substr(inside, 1) == "-" && inside + 1 < text_.size() && is_blank(text_[inside + 1])) {
                literal = trimmed_end(literal);
                ++inside;
            }
            pieces.emplace_back(std::string(literal));
            const auto close = end_of_action(text_, inside);
            if (close == std::string_view::npos) {
                return fail(ErrorCode::malformed, "template: '{{{{' at character {} is not closed", open + 1);
            }
            auto action = text_.substr(inside, close - inside);
            is_trimming = action.size() >= 2 && action.back() == '-' && is_blank(action[action.size() - 2]);
            action.remove_suffix(is_trimming ? 1 : 0);
            VIGIE_CHECK(add_action(action, open, pieces));
            at = close + 2;
        }
    }

  private:
    static Result<void> add_action(std::string_view action, size_t place, std::vector<Piece>& pieces) {
        const auto bare = trimmed_start(trimmed_end(action));
        if (bare.starts_with("/*") && bare.ends_with("*/") && bare.size() >= 4) {
            return {};
        }
        auto pipeline = read_pipeline(words_of(action));
        if (!pipeline) {
            return fail(pipeline.error().code, "template: {} (action at character {})", pipeline.error().message,
                        place + 1);
        }
        pieces.emplace_back(std::move(*pipeline));
        return {};
    }

    static Result<Pipeline> read_pipeline(const std::vector<std::string>& words) {
        Pipeline pipeline;
        size_t at = 0;
        while (true) {
            const auto bar =
                static_cast<size_t>(std::find(words.begin() + static_cast<long>(at), words.end(), "|") - words.begin());
            if (bar == at) {
                return fail(ErrorCode::malformed, "an action or a side of '|' is empty");
            }
            const bool is_first = at == 0;
            VIGIE_CHECK(read_command(std::span(words).subspan(at, bar - at), is_first, pipeline));
            if (bar == words.size()) {
                return pipeline;
            }
            at = bar + 1;
        }
    }

    static Result<void> read_command(std::span<const std::string> words, bool is_first, Pipeline& pipeline) {
        const auto& head = words.front();
        if (control_words.contains(head)) {
            return fail(ErrorCode::unsupported, "'{}' is not supported yet", head);
        }
        const bool is_name = (head[0] >= 'a' && head[0] <= 'z') || (head[0] >= 'A' && head[0] <= 'Z');
        if (is_name) {
            if (!is_template_function(head)) {
                return fail(ErrorCode::unsupported, "function '{}' is not supported", head);
            }
            Call call{head, {}};
            for (const auto& word : words.subspan(1)) {
                VIGIE_TRY(auto operand, read_operand(word));
                call.arguments.push_back(std::move(operand));
            }
            pipeline.calls.push_back(std::move(call));
            return {};
        }
        if (!is_first) {
            return fail(ErrorCode::malformed, "'{}' after '|' is no function", head);
        }
        if (words.size() > 1) {
            return fail(ErrorCode::malformed, "unexpected '{}'", words[1]);
        }
        VIGIE_TRY(auto operand, read_operand(head));
        pipeline.first.push_back(std::move(operand));
        return {};
    }

    static Result<Operand> read_operand(const std::string& word) {
        if (word == "$value" || word == ".Value") {
            return Operand(Value{});
        }
        for (const std::string_view prefix : {"$labels.", ".Labels."}) {
            if (word.starts_with(prefix) && word.size() > prefix.size()) {
                return Operand(Label{word.substr(prefix.size())});
            }
        }
        if (word[0] == '.' && word.size() > 1 && !(word[1] >= '0' && word[1] <= '9')) {
            return Operand(Field{word});
        }
        if (word[0] == '$') {
            return fail(ErrorCode::malformed, "undefined variable '{}'", word);
        }
        if (word[0] == '"' || word[0] == '`') {
            const auto tokens = scan_expression(word);
            if (!tokens || tokens->size() != 2) {
                return fail(ErrorCode::malformed, "bad string {}", word);
            }
            return Operand(tokens->front().text);
        }
        double number = 0;
        const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
        if (parsed.ec != std::errc{} || parsed.ptr != word.data() + word.size()) {
            const bool is_parenthesis = word == "(" || word == ")";
            return is_parenthesis ? fail(ErrorCode::unsupported, "'(' in an action is not supported yet")
                                  : fail(ErrorCode::malformed, "unexpected '{}'", word);
        }
        return Operand(number);
    }

    std::string_view text_;
};

Result<Template> Template::parse(std::string_view text) {
    if (text.size() > template_bytes_max) {
        return fail(ErrorCode::too_large, "template: longer than {} bytes", template_bytes_max);
    }
    Template result;
    result.text_ = text;
    VIGIE_TRY(result.pieces_, Parser(text).parse());
    return result;
}

Result<Template::Datum> Template::resolve(const Operand& operand, const Labels& labels, double value) {
    if (std::holds_alternative<Value>(operand)) {
        return Datum(value);
    }
    if (const auto* label = std::get_if<Label>(&operand)) {
        const auto found = labels.find(label->name);
        if (found == labels.end()) {
            return fail(ErrorCode::not_found, "the series has no label '{}'", label->name);
        }
        return Datum(found->second);
    }
    if (const auto* field = std::get_if<Field>(&operand)) {
        return fail(ErrorCode::not_found, "there is no field '{}'", field->name);
    }
    if (const auto* text = std::get_if<std::string>(&operand)) {
        return Datum(*text);
    }
    return Datum(std::get<double>(operand));
}

Result<Template::Datum> Template::apply(const Call& call, const std::vector<Datum>& arguments) {
    return call_template_function(call.function, arguments);
}

Result<std::string> Template::expand(const Labels& labels, double value) const {
    std::string result;
    for (const auto& piece : pieces_) {
        if (const auto* literal = std::get_if<std::string>(&piece)) {
            result += *literal;
            continue;
        }
        const auto& pipeline = std::get<Pipeline>(piece);
        std::optional<Datum> carried;
        if (!pipeline.first.empty()) {
            VIGIE_TRY(carried, resolve(pipeline.first.front(), labels, value));
        }
        for (const auto& call : pipeline.calls) {
            std::vector<Datum> arguments;
            for (const auto& operand : call.arguments) {
                VIGIE_TRY(auto datum, resolve(operand, labels, value));
                arguments.push_back(std::move(datum));
            }
            if (carried) {
                arguments.push_back(std::move(*carried));
            }
            VIGIE_TRY(carried, apply(call, arguments));
        }
        result += printed(*carried);
    }
    return result;
}

}  // namespace vigie::controller::rules

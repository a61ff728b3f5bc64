#include "controller/rules/template_action.hpp"

#include <algorithm>
#include <charconv>

#include "controller/query/literals.hpp"
#include "controller/rules/template_functions.hpp"

namespace vigie::controller::rules::templates {

using query::Parsed;
using query::ParseError;

tl::unexpected<ParseError> refuse(size_t offset, std::string message, ErrorCode code) {
    return tl::unexpected(ParseError{code, offset, "template: " + std::move(message)});
}

std::string shown(const Word& word) {
    switch (word.kind) {
        case Word::Kind::end:
            return "the end of the action";
        case Word::Kind::string:
            return query::quoted(word.text);
        case Word::Kind::field:
            return fmt::format("'.{}'", word.text);
        case Word::Kind::variable:
            return fmt::format("'${}'", word.text);
        default:
            return fmt::format("'{}'", word.text);
    }
}

namespace {

Operand text(const std::string& value) {
    Operand out;
    out.start = value;
    return out;
}

Parsed<Operand> number(const Word& word) {
    const auto* begin = word.text.data() + (word.text[0] == '+' ? 1 : 0);
    const auto* end = word.text.data() + word.text.size();
    int64_t whole = 0;
    if (const auto read = std::from_chars(begin, end, whole); read.ec == std::errc{} && read.ptr == end) {
        return Operand{whole};
    }
    double real = 0;
    if (const auto read = std::from_chars(begin, end, real); read.ec == std::errc{} && read.ptr == end) {
        return Operand{real};
    }
    return refuse(word.offset, fmt::format("'{}' is no number", word.text));
}

}  // namespace

ActionParser::ActionParser(std::vector<Piece> pieces, Dialect dialect) : pieces_(std::move(pieces)), dialect_(dialect) {
    variables_ = {""};
    if (dialect == Dialect::prometheus) {
        variables_.insert(variables_.end(), {"labels", "externalLabels", "externalURL", "value"});
    }
}

// ($x := | $k, $v :=)? command ('|' command)*
Parsed<Pipeline> ActionParser::pipeline(size_t declared_max) {
    Pipeline out;
    if (auto read = declaration(out, declared_max); !read) {
        return tl::unexpected(read.error());
    }
    do {
        auto read = command(!out.commands.empty());
        if (!read) {
            return tl::unexpected(read.error());
        }
        out.commands.push_back(std::move(*read));
    } while (is_symbol("|") && (take(), true));
    for (const auto& name : out.is_assignment ? std::vector<std::string>() : out.declares) {
        variables_.push_back(name);
    }
    return out;
}

Parsed<void> ActionParser::declaration(Pipeline& out, size_t declared_max) {
    if (peek().kind != Word::Kind::variable) {
        return {};
    }
    const bool is_pair = declared_max == 2 && is_symbol(",", 1) && peek(2).kind == Word::Kind::variable;
    const size_t sign = is_pair ? 3 : 1;
    if (!is_symbol(":=", sign) && !is_symbol("=", sign)) {
        return {};
    }
    out.is_assignment = is_symbol("=", sign);
    for (size_t i = 0; i < sign; i += 2) {
        if (out.is_assignment && !is_known(peek(i).text)) {
            return refuse(peek(i).offset, fmt::format("undefined variable '${}'", peek(i).text));
        }
        out.declares.push_back(peek(i).text);
    }
    word_ += sign + 1;
    return {};
}

Parsed<Command> ActionParser::command(bool is_after_pipe) {
    Command out;
    const auto first = peek();
    if (first.kind == Word::Kind::end || is_symbol("|") || is_symbol(")")) {
        return refuse(first.offset, is_after_pipe ? "nothing stands after '|'" : "there is nothing in the action");
    }
    const bool is_value = first.text == "true" || first.text == "false" || first.text == "nil";
    if (first.kind == Word::Kind::name && !is_value) {
        if (auto known = check_template_function(first.text, dialect_); !known) {
            return refuse(first.offset, known.error().message, known.error().code);
        }
        out.function = take().text;
    } else if (is_after_pipe) {
        return refuse(first.offset, fmt::format("{} after '|' is no function", shown(first)));
    }
    while (peek().kind != Word::Kind::end && !is_symbol("|") && !is_symbol(")")) {
        auto read = operand();
        if (!read) {
            return tl::unexpected(read.error());
        }
        out.operands.push_back(std::move(*read));
        if (out.function.empty() && out.operands.size() > 1 && !take_method(out)) {
            return refuse(first.offset, fmt::format("{} is no function and takes no argument", shown(first)));
        }
    }
    return out;
}

// .GroupLabels.Remove x, .StartsAt.Format "…": the methods of Alertmanager's data that take an argument.
bool ActionParser::take_method(Command& command) const {
    auto& fields = command.operands.front().fields;
    if (dialect_ != Dialect::alertmanager || !command.method.empty() || fields.empty() ||
        (fields.back() != "Remove" && fields.back() != "Format")) {
        return false;
    }
    command.method = fields.back();
    fields.pop_back();
    return true;
}

Parsed<Operand> ActionParser::operand() {
    auto out = start();
    if (!out) {
        return out;
    }
    while (peek().kind == Word::Kind::field && peek().is_joined && !peek().text.empty()) {
        out->fields.push_back(take().text);
    }
    return out;
}

Parsed<Operand> ActionParser::start() {
    const auto word = take();
    switch (word.kind) {
        case Word::Kind::string:
            return text(word.text);
        case Word::Kind::number:
            return number(word);
        case Word::Kind::variable:
            if (!is_known(word.text)) {
                return refuse(word.offset, fmt::format("undefined variable '${}'", word.text));
            }
            return Operand{Operand::Variable{word.text}};
        case Word::Kind::field:
            return Operand{Operand::Dot{},
                           word.text.empty() ? std::vector<std::string>() : std::vector<std::string>{word.text}};
        case Word::Kind::name:
            if (word.text == "true" || word.text == "false") {
                return Operand{word.text == "true"};
            }
            if (word.text == "nil") {
                return Operand{Operand::Nothing{}};
            }
            return function_alone(word);
        default:
            break;
    }
    if (word.kind == Word::Kind::symbol && word.text == "(") {
        return parentheses(word);
    }
    return refuse(word.offset, fmt::format("unexpected {}", shown(word)));
}

// A function without arguments may stand as an argument: {{ printf "%s" externalURL }}.
Parsed<Operand> ActionParser::function_alone(const Word& word) {
    if (auto known = check_template_function(word.text, dialect_); !known) {
        return refuse(word.offset, known.error().message, known.error().code);
    }
    auto inside = std::make_unique<Pipeline>();
    inside->commands.push_back({.function = word.text});
    return Operand{std::move(inside)};
}

Parsed<Operand> ActionParser::parentheses(const Word& open) {
    const Deeper deeper(depth_);
    if (depth_ > template_depth_max) {
        return refuse(open.offset, "nested too deeply", ErrorCode::too_large);
    }
    auto read = pipeline(0);
    if (!read) {
        return tl::unexpected(read.error());
    }
    if (!is_symbol(")")) {
        return refuse(open.offset, "'(' is not closed");
    }
    take();
    return Operand{std::make_unique<Pipeline>(std::move(*read))};
}

bool ActionParser::is_known(std::string_view variable) const {
    return std::find(variables_.begin(), variables_.end(), variable) != variables_.end();
}

}  // namespace vigie::controller::rules::templates

// From pieces to blocks: which variables and functions there are is known when a template is read.
#include <charconv>
#include <set>

#include "controller/query/literals.hpp"
#include "controller/rules/template_functions.hpp"
#include "controller/rules/template_lexer.hpp"
#include "controller/rules/template_tree.hpp"

namespace vigie::controller::rules::templates {
namespace {

using query::Parsed;
using query::ParseError;
using Names = std::set<std::string, std::less<>>;

const Names unsupported_words{"define", "block", "template", "break", "continue"};

tl::unexpected<ParseError> refuse(size_t offset, std::string message, ErrorCode code = ErrorCode::malformed) {
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

class Parser {
  public:
    explicit Parser(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

    Parsed<Block> parse() {
        auto block = this->block();
        if (block && !is_last()) {
            const auto& word = pieces_[at_].words.front();
            return refuse(pieces_[at_].offset, fmt::format("unexpected {{{{{}}}}}", word.text));
        }
        return block;
    }

  private:
    bool is_last() const { return pieces_[at_].words.empty(); }
    const Word& peek(size_t ahead = 0) const {
        const auto& words = pieces_[at_].words;
        return words[std::min(word_ + ahead, words.size() - 1)];
    }
    Word take() {
        auto word = peek();
        ++word_;
        return word;
    }
    bool is_symbol(std::string_view text, size_t ahead = 0) const {
        return peek(ahead).kind == Word::Kind::symbol && peek(ahead).text == text;
    }
    bool is_name(std::string_view text) const { return peek().kind == Word::Kind::name && peek().text == text; }
    void next_action() {
        ++at_;
        word_ = 0;
    }
    Parsed<void> expect_end() {
        if (peek().kind != Word::Kind::end) {
            return refuse(peek().offset, fmt::format("unexpected {}", shown(peek())));
        }
        next_action();
        return {};
    }

    // Up to {{end}}, {{else}} or the end of the text, which the caller takes.
    Parsed<Block> block() {
        const Deeper deeper(depth_);
        const auto variables = variables_.size();
        Block block;
        for (;;) {
            auto& piece = pieces_[at_];
            if (depth_ > template_depth_max) {
                return refuse(piece.offset, "nested too deeply", ErrorCode::too_large);
            }
            if (!piece.text.empty()) {
                block.nodes.emplace_back(std::exchange(piece.text, ""));
            }
            if (is_last() || is_name("end") || is_name("else")) {
                variables_.resize(variables);
                return block;
            }
            if (auto read = action(block); !read) {
                return tl::unexpected(read.error());
            }
        }
    }

    Parsed<void> action(Block& block) {
        for (const auto& [word, kind] :
             {std::pair("if", Branch::Kind::condition), std::pair("with", Branch::Kind::with),
              std::pair("range", Branch::Kind::range)}) {
            if (is_name(word)) {
                auto read = branch(kind);
                if (!read) {
                    return tl::unexpected(read.error());
                }
                block.nodes.emplace_back(std::move(*read));
                return {};
            }
        }
        if (peek().kind == Word::Kind::name && unsupported_words.contains(peek().text)) {
            return refuse(peek().offset, fmt::format("'{}' is not supported", peek().text), ErrorCode::unsupported);
        }
        auto read = pipeline(1);
        if (!read) {
            return tl::unexpected(read.error());
        }
        if (auto ended = expect_end(); !ended) {
            return ended;
        }
        block.nodes.emplace_back(std::move(*read));
        return {};
    }

    // {{if …}} … {{else if …}} … {{else}} … {{end}}; the words "if", "with" or "range" come next.
    Parsed<Branch> branch(Branch::Kind kind) {
        const auto opened = pieces_[at_].offset;
        const auto variables = variables_.size();
        const auto word = take().text;
        Branch out{.kind = kind};
        auto condition = pipeline(kind == Branch::Kind::range ? 2 : 1);
        if (!condition) {
            return tl::unexpected(condition.error());
        }
        out.pipeline = std::move(*condition);
        if (auto ended = expect_end(); !ended) {
            return tl::unexpected(ended.error());
        }
        auto body = block();
        if (!body) {
            return tl::unexpected(body.error());
        }
        out.body = std::make_unique<Block>(std::move(*body));
        if (auto rest = otherwise(out, opened, word); !rest) {
            return tl::unexpected(rest.error());
        }
        variables_.resize(variables);
        return out;
    }

    Parsed<void> otherwise(Branch& out, size_t opened, const std::string& word) {
        if (is_last()) {
            return refuse(opened, fmt::format("'{}' has no {{{{end}}}}", word));
        }
        const bool is_else = take().text == "else";
        if (!is_else) {
            return expect_end();
        }
        if (is_name("if") && out.kind == Branch::Kind::condition) {
            const Deeper deeper(depth_);
            if (depth_ > template_depth_max) {
                return refuse(opened, "nested too deeply", ErrorCode::too_large);
            }
            auto inner = branch(Branch::Kind::condition);  // takes the {{end}} of both
            if (!inner) {
                return tl::unexpected(inner.error());
            }
            out.otherwise = std::make_unique<Block>();
            out.otherwise->nodes.emplace_back(std::move(*inner));
            return {};
        }
        if (auto ended = expect_end(); !ended) {
            return ended;
        }
        auto rest = block();
        if (!rest) {
            return tl::unexpected(rest.error());
        }
        out.otherwise = std::make_unique<Block>(std::move(*rest));
        if (is_last() || !is_name("end")) {
            return refuse(opened, fmt::format("'{}' has no {{{{end}}}} after {{{{else}}}}", word));
        }
        take();
        return expect_end();
    }

    // ($x := | $k, $v :=)? command ('|' command)*
    Parsed<Pipeline> pipeline(size_t declared_max) {
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

    Parsed<void> declaration(Pipeline& out, size_t declared_max) {
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

    Parsed<Command> command(bool is_after_pipe) {
        Command out;
        const auto first = peek();
        if (first.kind == Word::Kind::end || is_symbol("|") || is_symbol(")")) {
            return refuse(first.offset, is_after_pipe ? "nothing stands after '|'" : "there is nothing in the action");
        }
        const bool is_value = first.text == "true" || first.text == "false" || first.text == "nil";
        if (first.kind == Word::Kind::name && !is_value) {
            if (auto known = check_template_function(first.text); !known) {
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
            if (out.function.empty() && out.operands.size() > 1) {
                return refuse(first.offset, fmt::format("{} is no function and takes no argument", shown(first)));
            }
        }
        return out;
    }

    Parsed<Operand> operand() {
        auto out = start();
        if (!out) {
            return out;
        }
        while (peek().kind == Word::Kind::field && peek().is_joined && !peek().text.empty()) {
            out->fields.push_back(take().text);
        }
        return out;
    }

    Parsed<Operand> start() {
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

    static Operand text(const std::string& value) {
        Operand out;
        out.start = value;
        return out;
    }

    // A function without arguments may stand as an argument: {{ printf "%s" externalURL }}.
    Parsed<Operand> function_alone(const Word& word) {
        if (auto known = check_template_function(word.text); !known) {
            return refuse(word.offset, known.error().message, known.error().code);
        }
        auto inside = std::make_unique<Pipeline>();
        inside->commands.push_back({.function = word.text});
        return Operand{std::move(inside)};
    }

    Parsed<Operand> parentheses(const Word& open) {
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

    static Parsed<Operand> number(const Word& word) {
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

    bool is_known(std::string_view variable) const {
        return std::find(variables_.begin(), variables_.end(), variable) != variables_.end();
    }

    struct Deeper {
        explicit Deeper(int& depth) : depth_of(depth) { ++depth_of; }
        ~Deeper() { --depth_of; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
        int& depth_of;
    };

    std::vector<Piece> pieces_;
    size_t at_ = 0;    // the piece
    size_t word_ = 0;  // of its action
    int depth_ = 0;
    std::vector<std::string> variables_{"", "labels", "externalLabels", "externalURL", "value"};
};

}  // namespace

Parsed<Block> parse_block(std::string_view text) {
    if (text.size() > template_bytes_max) {
        return refuse(0, fmt::format("longer than {} bytes", template_bytes_max), ErrorCode::too_large);
    }
    auto pieces = split_template(text);
    if (!pieces) {
        return refuse(pieces.error().offset, pieces.error().message, pieces.error().code);
    }
    return Parser(std::move(*pieces)).parse();
}

}  // namespace vigie::controller::rules::templates

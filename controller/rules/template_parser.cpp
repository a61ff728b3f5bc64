// From pieces to blocks: which variables and functions there are is known when a template is read.
#include <set>

#include "controller/rules/template_action.hpp"

namespace vigie::controller::rules::templates {

using query::Parsed;

namespace {

using Names = std::set<std::string, std::less<>>;

const Names unsupported_words{"define", "block", "template", "break", "continue"};

class Parser : ActionParser {
  public:
    Parser(std::vector<Piece> pieces, Dialect dialect, Definitions* definitions)
        : ActionParser(std::move(pieces), dialect), definitions_(definitions) {}

    Parsed<Block> parse() {
        auto block = this->block();
        if (block && !is_last()) {
            const auto& word = pieces_[at_].words.front();
            return refuse(pieces_[at_].offset, fmt::format("unexpected {{{{{}}}}}", word.text));
        }
        return block;
    }

  private:
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
        if (dialect_ == Dialect::alertmanager && is_name("template")) {
            return include(block);
        }
        if (definitions_ != nullptr && depth_ == 1 && is_name("define")) {
            return definition();
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

    // {{template "name"}} or {{template "name" pipeline}}
    Parsed<void> include(Block& block) {
        const auto opened = take().offset;
        if (peek().kind != Word::Kind::string) {
            return refuse(opened, "'template' needs the name of one, in quotes");
        }
        Include out{take().text};
        if (peek().kind != Word::Kind::end) {
            auto argument = pipeline(0);
            if (!argument) {
                return tl::unexpected(argument.error());
            }
            out.argument = std::move(*argument);
        }
        block.nodes.emplace_back(std::move(out));
        return expect_end();
    }

    // {{define "name"}} … {{end}}
    Parsed<void> definition() {
        const auto opened = take().offset;
        if (peek().kind != Word::Kind::string) {
            return refuse(opened, "'define' needs a name, in quotes");
        }
        const auto name = take().text;
        if (auto ended = expect_end(); !ended) {
            return ended;
        }
        const auto outside = std::exchange(variables_, {""});
        auto body = block();
        variables_ = outside;
        if (!body) {
            return tl::unexpected(body.error());
        }
        if (is_last() || !is_name("end")) {
            return refuse(opened, "'define' has no {{end}}");
        }
        take();
        (*definitions_)[name] = {std::make_shared<const Block>(std::move(*body))};
        return expect_end();
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

    Definitions* definitions_;
};

}  // namespace

Parsed<Block> parse_block(std::string_view text, Dialect dialect, Definitions* definitions) {
    if (text.size() > template_bytes_max) {
        return refuse(0, fmt::format("longer than {} bytes", template_bytes_max), ErrorCode::too_large);
    }
    auto pieces = split_template(text);
    if (!pieces) {
        return refuse(pieces.error().offset, pieces.error().message, pieces.error().code);
    }
    return Parser(std::move(*pieces), dialect, definitions).parse();
}

}  // namespace vigie::controller::rules::templates

// What stands between {{ and }}: pipelines of commands, and the variables that are in sight.
#pragma once
#include <algorithm>

#include "controller/rules/template_lexer.hpp"
#include "controller/rules/template_tree.hpp"

namespace vigie::controller::rules::templates {

tl::unexpected<query::ParseError> refuse(size_t offset, std::string message, ErrorCode code = ErrorCode::malformed);
std::string shown(const Word& word);  // in messages

class ActionParser {
  protected:
    ActionParser(std::vector<Piece> pieces, Dialect dialect);

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

    // ($x := | $k, $v :=)? command ('|' command)*
    query::Parsed<Pipeline> pipeline(size_t declared_max);

    struct Deeper {
        explicit Deeper(int& depth) : depth_of(depth) { ++depth_of; }
        ~Deeper() { --depth_of; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
        int& depth_of;
    };

    std::vector<Piece> pieces_;
    Dialect dialect_;
    size_t at_ = 0;    // the piece
    size_t word_ = 0;  // of its action
    int depth_ = 0;
    std::vector<std::string> variables_;

  private:
    query::Parsed<void> declaration(Pipeline& out, size_t declared_max);
    query::Parsed<Command> command(bool is_after_pipe);
    bool take_method(Command& command) const;
    query::Parsed<Operand> operand();
    query::Parsed<Operand> start();
    query::Parsed<Operand> function_alone(const Word& word);
    query::Parsed<Operand> parentheses(const Word& open);
    bool is_known(std::string_view variable) const;
};

}  // namespace vigie::controller::rules::templates

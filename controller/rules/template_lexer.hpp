// The text of a template as pieces of text and actions, and an action as words.
#pragma once
#include <string>
#include <vector>

#include "controller/query/lexer.hpp"

namespace vigie::controller::rules::templates {

struct Word {
    // field: ".name", or "." alone. variable: "$name". symbol: one of | ( ) , := =
    enum class Kind { name, field, variable, number, string, symbol, end };
    Kind kind = Kind::end;
    std::string text{};      // of a string its content; of a field or variable without the sign
    size_t offset = 0;       // in the template
    bool is_joined = false;  // nothing stands between it and the word before
};

struct Piece {
    std::string text{};         // before the action, trimmed as its signs say
    std::vector<Word> words{};  // of the action, the last is `end`; none: the text ends here
    size_t offset = 0;          // of the action's braces
};

// Comments are left out. The last piece has no words.
query::Parsed<std::vector<Piece>> split_template(std::string_view text);

}  // namespace vigie::controller::rules::templates

// A template as a tree, and the text that makes one.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "controller/query/lexer.hpp"

namespace vigie::controller::rules::templates {

// Whose data and functions a template has: Prometheus's for rules, or Alertmanager's for messages, with `template` and
// `define` (which Prometheus's are refused here), methods and lists.
enum class Dialect { prometheus, alertmanager };

struct Pipeline;

// A value in an action: where it starts from, and the fields that are looked up in it in turn.
struct Operand {
    struct Dot {};
    struct Variable {
        std::string name;  // without $; "" is the whole input
    };
    struct Nothing {};
    using Inside = std::unique_ptr<Pipeline>;
    std::variant<Dot, Variable, Nothing, bool, int64_t, double, std::string, Inside> start;
    std::vector<std::string> fields{};
};

// One side of `|`: a function with its arguments, or (with an empty name) one operand.
struct Command {
    std::string function{};
    std::string method{};  // of the first operand, with the second as its argument
    std::vector<Operand> operands{};
};

struct Pipeline {
    std::vector<std::string> declares{};  // {{ $x := … }}; two of `range $k, $v := …`
    bool is_assignment = false;           // {{ $x = … }}
    std::vector<Command> commands{};
};

struct Block;
struct Branch {
    enum class Kind { condition, with, range };
    Kind kind = Kind::condition;
    Pipeline pipeline{};
    std::unique_ptr<Block> body{};
    std::unique_ptr<Block> otherwise{};  // null: nothing
};

// {{ template "name" … }}
struct Include {
    std::string name;
    Pipeline argument{};  // without commands: nil
};

using Node = std::variant<std::string, Pipeline, Branch, Include>;
struct Block {
    std::vector<Node> nodes{};
};
// What {{ define "name" }} … {{ end }} made. Shared by the templates that include it, which read it only.
struct Definition {
    std::shared_ptr<const Block> block{};
    bool is_plain_text = false;  // it holds no markup: its own text is escaped as values are
};
using Definitions = std::map<std::string, Definition, std::less<>>;

// An annotation is a page's text.
constexpr size_t template_bytes_max = 64 * 1024;
// Blocks and parentheses in each other; evaluation recurses on them.
constexpr int template_depth_max = 32;

// What it defines is added to `definitions`; nullptr: it may define nothing.
query::Parsed<Block> parse_block(std::string_view text, Dialect dialect = Dialect::prometheus,
                                 Definitions* definitions = nullptr);

}  // namespace vigie::controller::rules::templates

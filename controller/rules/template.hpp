// Templates of labels and annotations: text with {{ … }}, a part of Go's text/template as Prometheus uses it.
// Inside the braces: $value, .Value, $labels.name, .Labels.name, a string or a number, passed through functions:
// {{ $value | humanize }}, {{ printf "%.1f" $value }}. Control structures and queries are refused when a rule is read.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "controller/query/labels.hpp"
#include "shared/core/error.hpp"

namespace vigie::controller::rules {

using query::Labels;

class Template {
  public:
    // The error says what is wrong and where in the text ("at character 12"); unsupported names the construct.
    static Result<Template> parse(std::string_view text);

    // not_found when a field or label is not there, malformed when a function cannot take its argument.
    Result<std::string> expand(const Labels& labels, double value) const;
    const std::string& text() const { return text_; }

  private:
    struct Field {
        std::string name;  // ".Foo": known to nobody, an error only when expanded
    };
    struct Label {
        std::string name;
    };
    struct Value {};
    using Operand = std::variant<Value, Label, Field, std::string, double>;
    struct Call {
        std::string function;
        std::vector<Operand> arguments;  // before what the pipe brings
    };
    struct Pipeline {
        std::vector<Operand> first;  // one operand, or none when it starts with a call
        std::vector<Call> calls;
    };
    using Piece = std::variant<std::string, Pipeline>;
    using Datum = std::variant<std::string, double>;

    class Parser;
    static Result<Datum> resolve(const Operand& operand, const Labels& labels, double value);
    static Result<Datum> apply(const Call& call, const std::vector<Datum>& arguments);

    std::string text_;
    std::vector<Piece> pieces_;
};

}  // namespace vigie::controller::rules

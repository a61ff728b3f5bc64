// What an alerting rule asks: `selector comparison number`.
#pragma once
#include <string>
#include <vector>

#include "controller/query/matcher.hpp"
#include "controller/rules/scanner.hpp"

namespace vigie::controller::rules {

using query::Labels;
using query::Matcher;
using query::metric_name_label;

enum class Comparison { greater, greater_equal, less, less_equal, equal, not_equal };

struct Expression {
    std::string metric;             // "" when the selector names none
    std::vector<Matcher> matchers;  // of labels; an __name__ matcher stands here too
    Comparison comparison = Comparison::greater;
    double threshold = 0;

    // Whether the selector picks a series of these labels (which hold __name__).
    bool is_selecting(const Labels& labels) const;
    // IEEE 754 comparison, as Prometheus: with NaN on either side only != is true.
    bool is_true(double value) const;
};

// The error names the first construct that is malformed, or well-formed PromQL that is not supported yet.
Parsed<Expression> parse_expression(std::string_view text);

}  // namespace vigie::controller::rules

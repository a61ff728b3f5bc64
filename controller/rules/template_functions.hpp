// The functions that a template may call.
#pragma once
#include <span>

#include "controller/rules/template_tree.hpp"
#include "controller/rules/template_values.hpp"

namespace vigie::controller::rules::templates {

// Of one text that a function gives: an annotation is a page's text.
constexpr size_t result_bytes_max = 256 * 1024;

// unsupported: Prometheus or Go has it, and it needs what is not here. malformed: nobody has it.
Result<void> check_template_function(std::string_view name, Dialect dialect);

struct FunctionWorld {
    std::string_view external_url;
    Arena& arena;  // of what it gives
};
// malformed when the number or the kinds of the arguments do not fit. Not `and` and `or`, whose arguments are evaluated
// one by one.
Result<Value> call_template_function(std::string_view name, std::span<const Value> arguments,
                                     const FunctionWorld& world);

// Go's fmt.Sprintf; what does not fit is told in the text, as Go does: "%!d(string=x)".
Result<std::string> print_formatted(std::string_view format, std::span<const Value> arguments);

}  // namespace vigie::controller::rules::templates

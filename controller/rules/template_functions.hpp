// The functions that a template may call.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::controller::rules {

using TemplateDatum = std::variant<std::string, double>;

bool is_template_function(std::string_view name);
// malformed when the number or the kinds of the arguments do not fit.
Result<TemplateDatum> call_template_function(std::string_view name, const std::vector<TemplateDatum>& arguments);
// As {{ }} prints it.
std::string printed(const TemplateDatum& datum);

}  // namespace vigie::controller::rules

// What templates reckon with.
#pragma once
#include <string>
#include <variant>

#include "controller/query/labels.hpp"
#include "shared/core/error.hpp"

namespace vigie::controller::rules::templates {

struct Nothing {};
// The whole input: .Labels, .Value and so on.
struct Input {};
// A label set; outlives the expansion.
using LabelsOf = const query::Labels*;
using Value = std::variant<Nothing, bool, int64_t, double, std::string, LabelsOf, Input>;

// As {{ }} prints it.
std::string printed(const Value& value);
// As {{ if }} takes it: not false, 0, "" or an empty map.
bool is_true(const Value& value);
// Go's name of its type, for errors.
std::string_view type_of(const Value& value);

}  // namespace vigie::controller::rules::templates

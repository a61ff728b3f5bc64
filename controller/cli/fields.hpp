// Single values of an answer as cells: times as ages, states with their colour.
#pragma once
#include "controller/cli/render.hpp"
#include "controller/cli/table.hpp"

namespace vigie::controller {

// The field as text; "-" when it is absent or null. Texts as they are, numbers shortest, lists and objects joined.
std::string field_text(const Json& row, std::string_view field);
// "4s ago", "2h ago", "in 5m"; "never" for null.
std::string age_text(const Json& row, std::string_view field, int64_t now_unix_ms);
std::string labels_text(const Json& labels);
Tint tint_of_state(std::string_view state);
// 1536 as "1.5 KiB".
std::string bytes_text(double bytes);
// 1234567 as "1.23M"; small numbers as they are.
std::string number_text(double value);

}  // namespace vigie::controller

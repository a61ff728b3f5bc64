// What a run printed and reported, below its fields.
#pragma once
#include <string>

#include "controller/operator/requests.hpp"

namespace vigie::controller {

// `output_tail` line by line and `report` as indented "name: value" lines, each under its title; "" when there is
// neither. Control characters are defused, line by line.
std::string run_sections(const Json& run);

}  // namespace vigie::controller

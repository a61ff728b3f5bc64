// Answers of `vigie series find` and `vigie top` for people.
#pragma once
#include <string>

#include "controller/cli/render.hpp"

namespace vigie::controller {

std::string render_found(const Json& answer, const Look& look);
// Each series as a selector, or each name, a line.
std::string found_names(const Json& answer);

// Hosts in the order of the answer; on a terminal as many as it has rows.
std::string render_top(const Json& answer, const Look& look);

}  // namespace vigie::controller

// Answers of `vigie alerts why` for people: what happened, who was told, what changed before.
#pragma once
#include <string>

#include "controller/cli/render.hpp"

namespace vigie::controller {

// Control characters are defused.
std::string render_why(const Json& story, const Look& look);

}  // namespace vigie::controller

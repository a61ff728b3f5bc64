// A kind of errors for people.
#pragma once
#include "controller/cli/render.hpp"

namespace vigie::controller {

// What its stack was, below its own fields: answers of errors.show. "" when the log had none.
std::string error_sections(const Json& errors, const Look& look);

}  // namespace vigie::controller

// Answers of `vigie query` for people: Prometheus's form of results as tables and charts, and errors with their place.
#pragma once
#include <string>

#include "controller/cli/render.hpp"

namespace vigie::controller {

// {"resultType":…,"result":…} as text; a chart when the look wants one and it is a matrix.
std::string render_query(const Json& answer, const Look& look);

// The line of the expression that an error begins to name ("1:7: …"), and a caret under the column; "" when it names
// none.
std::string caret_under(const std::string& expression, const std::string& error);

}  // namespace vigie::controller

// Where a byte of a YAML scalar's value stands in its file.
#pragma once
#include "shared/config/node.hpp"

namespace vigie::controller::rules {

struct Place {
    int line = 1;
    int column = 1;
};

// The parser gives the place where a scalar begins, and its value after quotes, escapes and folds are resolved.
Place place_in_file(std::string_view file_text, const config::Node& scalar, size_t offset);

}  // namespace vigie::controller::rules

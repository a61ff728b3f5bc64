// Rows of text in columns, as wide as they need to be.
#pragma once
#include <string>
#include <vector>

#include "shared/core/harmless.hpp"  // for every text that a host may have written

namespace vigie::controller {

enum class Tint { none, good, warning, bad, faint };

struct Cell {
    std::string text;
    Tint tint = Tint::none;
    bool is_number = false;  // right-aligned
};

// How many columns of a terminal the text takes: East Asian wide letters and emoji take two, combining marks none.
size_t display_width(std::string_view utf8);

// Header, rows; columns two spaces apart, nothing trailing. Tints only when is_colored.
std::string render_table(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
                         bool is_colored);

std::string tinted(std::string_view text, Tint tint, bool is_colored);

}  // namespace vigie::controller

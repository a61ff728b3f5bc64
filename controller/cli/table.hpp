// Rows of text in columns, as wide as they need to be.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "shared/core/harmless.hpp"  // for every text that a host may have written

namespace vigie::controller {

enum class Tint { none, good, warning, bad, faint };

struct Cell {
    std::string text;
    Tint tint = Tint::none;
    bool is_number = false;    // right-aligned
    bool is_flexible = false;  // may be cut before others are: names and sentences
};

// A column that is cut keeps this much, unless the table still does not fit.
constexpr size_t cut_width_min = 8;

// How many columns of a terminal the text takes: East Asian wide letters and emoji take two, combining marks none.
size_t display_width(std::string_view utf8);

// The text in at most `width` columns of a terminal, its end replaced by … when it is longer.
std::string cut(std::string_view text, size_t width);

// The text as lines of at most `width` columns, broken at spaces where there are any.
std::vector<std::string> wrapped(std::string_view text, size_t width);

// Header, rows; columns two spaces apart, nothing trailing. Tints only when is_colored. With width_max no line is
// wider: the widest flexible columns are cut first, then others from the right.
std::string render_table(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
                         bool is_colored, std::optional<size_t> width_max = std::nullopt);

std::string tinted(std::string_view text, Tint tint, bool is_colored);

}  // namespace vigie::controller

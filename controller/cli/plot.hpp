// Lines over time in letters: braille patterns, of which each has two by four dots. Knows terminals, not queries.
#pragma once
#include <string>
#include <vector>

#include "controller/cli/sparkline.hpp"

namespace vigie::controller {

struct PlotLine {
    std::string name;
    std::vector<Point> points;  // by time
};

struct PlotFrame {
    int64_t from_unix_ms = 0;  // both included; the same for one moment
    int64_t to_unix_ms = 0;
    int64_t gap_ms = 0;  // points further apart than this are not joined
    size_t columns = 100;
    size_t rows = 24;  // of the terminal; the legend comes below
    bool is_colored = false;
};

// More would cover each other.
constexpr size_t plot_lines_max = 12;

// A chart with its values to the left, times (UTC) below, and a letter to the right where each line ends; then a legend
// by letters. Lines beyond plot_lines_max are counted below. "" when no point has a finite value.
std::string plot(const std::vector<PlotLine>& lines, const PlotFrame& frame);

}  // namespace vigie::controller

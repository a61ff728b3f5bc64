// series find and top.
#pragma once
#include "controller/cli/commands.hpp"

namespace vigie::controller {

struct SeriesOptions {
    std::vector<std::string> matchers;
    int64_t limit = 1000;
    std::string sort = "cpu";
    bool is_once = false;  // top: one picture, on a terminal too
};
void add_series_commands(CLI::App& app, SeriesOptions& options, const Choose& choose);

// Words of `series find` as one selector; "" of none.
std::string selector_of(const std::vector<std::string>& words);

}  // namespace vigie::controller

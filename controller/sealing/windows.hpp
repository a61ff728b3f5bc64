// A coarser tier's samples: what is left of all samples of one series in a window of time.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "controller/store/block_rows.hpp"

namespace vigie::controller {

// The order of the columns in a tier's chunks.
enum class WindowColumn : uint8_t { min, max, sum, count, last };
constexpr size_t window_columns = 5;

struct WindowSample {
    int64_t at_ms = 0;  // of the last
    double min = 0;
    double max = 0;
    double sum = 0;
    double count = 0;
    double last = 0;
    bool operator==(const WindowSample&) const = default;
};

// One raw sample.
constexpr WindowSample window_of(int64_t at_ms, double value) {
    return {.at_ms = at_ms, .min = value, .max = value, .sum = value, .count = 1, .last = value};
}

// One for each window that has any, by time. As in PromQL, NaN is neither least nor greatest while there are others.
std::vector<WindowSample> fold(std::span<const WindowSample> by_time, milliseconds width);

// Both of one width, by time: all of `newer`, and those of `older` in whose window it has none.
std::vector<WindowSample> merge_windows(std::span<const WindowSample> older, std::span<const WindowSample> newer,
                                        milliseconds width);

// A tier's chunk, read at its block's times.
Result<std::vector<WindowSample>> read_windows(std::string_view chunk, std::span<const int64_t> times_ms);

}  // namespace vigie::controller

// Windows begin at multiples of their width since 1970.
#include "controller/sealing/windows.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "controller/blocks/chunk.hpp"

namespace vigie::controller {

namespace {
double lesser(double a, double b) {
    return std::isnan(a) || b < a ? b : a;
}
double greater(double a, double b) {
    return std::isnan(a) || b > a ? b : a;
}
}  // namespace

std::vector<WindowSample> fold(std::span<const WindowSample> by_time, milliseconds width) {
    std::vector<WindowSample> windows;
    int64_t current = 0;
    for (const auto& sample : by_time) {
        const auto window = sample.at_ms / width.count();
        if (windows.empty() || window != current) {
            current = window;
            windows.push_back(sample);
            continue;
        }
        auto& into = windows.back();
        into = {.at_ms = sample.at_ms,
                .min = lesser(into.min, sample.min),
                .max = greater(into.max, sample.max),
                .sum = into.sum + sample.sum,
                .count = into.count + sample.count,
                .last = sample.last};
    }
    return windows;
}

std::vector<WindowSample> merge_windows(std::span<const WindowSample> older, std::span<const WindowSample> newer,
                                        milliseconds width) {
    std::vector<WindowSample> merged;
    const auto window_of = [&width](const WindowSample& sample) { return sample.at_ms / width.count(); };
    const auto comes_before = [&](const WindowSample& a, const WindowSample& b) { return window_of(a) < window_of(b); };
    // Of two of one window set_union takes that of the first.
    std::set_union(newer.begin(), newer.end(), older.begin(), older.end(), std::back_inserter(merged), comes_before);
    return merged;
}

Result<std::vector<WindowSample>> read_windows(std::string_view chunk, std::span<const int64_t> times_ms) {
    std::array<blocks::Chunk, window_columns> columns;
    for (size_t i = 0; i < window_columns; ++i) {
        VIGIE_CHECK(blocks::decode_column(chunk, times_ms.size(), i, columns[i]));
    }
    std::vector<WindowSample> samples;
    for (const auto& run : columns.front().runs) {
        for (uint32_t k = 0; k < run.count; ++k) {
            const auto i = samples.size();
            samples.push_back({.at_ms = times_ms[run.first + k],
                               .min = columns[0].values[i],
                               .max = columns[1].values[i],
                               .sum = columns[2].values[i],
                               .count = columns[3].values[i],
                               .last = columns[4].values[i]});
        }
    }
    return samples;
}

}  // namespace vigie::controller

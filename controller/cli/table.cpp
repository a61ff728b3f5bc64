// Alignment by what a terminal shows, not by bytes.
#include "controller/cli/table.hpp"

#include <fmt/format.h>

#include <cwchar>

#include <algorithm>
#include <numeric>

namespace vigie::controller {
namespace {

// The code point at `at` and how many bytes it takes; a broken sequence counts as one byte of one column.
std::pair<char32_t, size_t> code_point_at(std::string_view text, size_t at) {
    const auto first = static_cast<unsigned char>(text[at]);
    const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0x80 || first < 0xc2 || at + length > text.size()) {
        return {first < 0x80 ? first : U'?', 1};
    }
    char32_t point = first & (0xff >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[at + i]);
        if ((next & 0xc0) != 0x80) {
            return {U'?', 1};
        }
        point = point << 6 | (next & 0x3f);
    }
    return {point, length};
}

bool is_wide(char32_t point) {
    return (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xa4cf) ||
           (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
           (point >= 0xfe30 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xff60) ||
           (point >= 0x1f300 && point <= 0x1faff) || (point >= 0x20000 && point <= 0x3fffd);
}

bool is_combining(char32_t point) {
    return (point >= 0x300 && point <= 0x36f) || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0xfe00 && point <= 0xfe0f);
}

}  // namespace

size_t display_width(std::string_view utf8) {
    size_t width = 0;
    for (size_t at = 0; at < utf8.size();) {
        const auto [point, length] = code_point_at(utf8, at);
        width += is_combining(point) ? 0 : is_wide(point) ? 2 : 1;
        at += length;
    }
    return width;
}

std::string tinted(std::string_view text, Tint tint, bool is_colored) {
    if (!is_colored || tint == Tint::none) {
        return std::string(text);
    }
    const auto* code = tint == Tint::good ? "32" : tint == Tint::warning ? "33" : tint == Tint::bad ? "1;31" : "2";
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string cut(std::string_view text, size_t width) {
    if (display_width(text) <= width) {
        return std::string(text);
    }
    size_t taken = 0;
    size_t end = 0;
    while (end < text.size()) {
        const auto [point, length] = code_point_at(text, end);
        const size_t columns = is_combining(point) ? 0 : is_wide(point) ? 2 : 1;
        if (taken + columns + 1 > width) {
            break;
        }
        taken += columns;
        end += length;
    }
    return width == 0 ? "" : std::string(text.substr(0, end)) + "…";
}

std::vector<std::string> wrapped(std::string_view text, size_t width) {
    std::vector<std::string> lines(1);
    for (size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(' ', at), text.size());
        const auto word = text.substr(at, end - at);
        auto& line = lines.back();
        if (line.empty()) {
            line = word;
        } else if (display_width(line) + 1 + display_width(word) <= width) {
            line += fmt::format(" {}", word);
        } else {
            lines.emplace_back(word);
        }
        at = end + 1;
    }
    return lines;
}

namespace {

using Rows = std::vector<std::vector<Cell>>;
constexpr size_t gap = 2;  // between columns

std::vector<size_t> widths_of(const Rows& rows, size_t columns) {
    std::vector<size_t> widths(columns, 0);
    for (const auto& row : rows) {
        for (size_t i = 0; i < row.size() && i < columns; ++i) {
            widths[i] = std::max(widths[i], display_width(row[i].text));
        }
    }
    return widths;
}

size_t excess_of(const std::vector<size_t>& widths, size_t width_max) {
    const auto whole = std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
    return whole > width_max ? whole - width_max : 0;
}

// Makes columns narrower until all fit. `header` tells which are flexible.
void fit(std::vector<size_t>& widths, const std::vector<Cell>& header, size_t width_max) {
    for (auto excess = excess_of(widths, width_max); excess > 0; --excess) {
        size_t widest = widths.size();
        for (size_t i = 0; i < widths.size(); ++i) {
            const bool may_shrink = header[i].is_flexible && widths[i] > cut_width_min;
            if (may_shrink && (widest == widths.size() || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == widths.size()) {
            break;
        }
        --widths[widest];
    }
    for (auto i = widths.size(); i-- > 0;) {
        widths[i] -= std::min(widths[i] - std::min<size_t>(widths[i], 1), excess_of(widths, width_max));
    }
}

std::string line_of(const std::vector<Cell>& row, const std::vector<size_t>& widths, bool is_colored) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
        const auto text = cut(row[i].text, widths[i]);
        const std::string padding(widths[i] - display_width(text), ' ');
        const auto shown = tinted(text, row[i].tint, is_colored);
        line += row[i].is_number ? padding + shown : shown + padding;
        line += i + 1 < row.size() ? std::string(gap, ' ') : "";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

}  // namespace

std::string render_table(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
                         bool is_colored, std::optional<size_t> width_max) {
    Rows all(1);
    for (size_t i = 0; i < header.size(); ++i) {
        const bool is_flexible = !rows.empty() && i < rows[0].size() && rows[0][i].is_flexible;
        all.front().push_back(Cell{header[i], Tint::faint, false, is_flexible});
    }
    all.insert(all.end(), rows.begin(), rows.end());
    for (auto& row : all) {
        for (auto& cell : row) {
            cell.text = harmless(cell.text);
        }
    }
    auto widths = widths_of(all, header.size());
    if (width_max && !widths.empty()) {
        fit(widths, all.front(), *width_max);
    }
    std::string text;
    for (const auto& row : all) {
        text += line_of(row, widths, is_colored);
    }
    return text;
}

}  // namespace vigie::controller

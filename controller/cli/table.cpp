// Alignment by what a terminal shows, not by bytes.
#include "controller/cli/table.hpp"

#include <fmt/format.h>

#include <cwchar>

#include <algorithm>

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

std::string render_table(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
                         bool is_colored) {
    std::vector<std::vector<Cell>> all;
    all.emplace_back();
    for (const auto& title : header) {
        all.front().push_back(Cell{title, Tint::faint, false});
    }
    all.insert(all.end(), rows.begin(), rows.end());
    std::vector<size_t> widths(header.size(), 0);
    for (auto& row : all) {
        for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
            row[i].text = harmless(row[i].text);
            widths[i] = std::max(widths[i], display_width(row[i].text));
        }
    }
    std::string text;
    for (const auto& row : all) {
        std::string line;
        for (size_t i = 0; i < row.size(); ++i) {
            const auto& cell = row[i];
            const std::string padding(widths[i] - display_width(cell.text), ' ');
            const auto shown = tinted(cell.text, cell.tint, is_colored);
            line += cell.is_number ? padding + shown : shown + padding;
            line += i + 1 < row.size() ? "  " : "";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace vigie::controller

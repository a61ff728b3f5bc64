// Dots in a grid, then rows of letters around it.
#include "controller/cli/plot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "controller/cli/fields.hpp"
#include "controller/cli/table.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {
namespace {

constexpr size_t dots_across = 2;  // of a letter
constexpr size_t dots_down = 4;
constexpr size_t chart_columns_min = 10;
constexpr size_t chart_rows_min = 4;
constexpr size_t chart_rows_max = 24;  // taller ones show no more
constexpr size_t rows_for_a_tick = 4;
constexpr size_t columns_for_a_time = 20;
constexpr std::array<const char*, 6> colors{"36", "33", "35", "32", "34", "31"};

std::string colored(const std::string& text, size_t line, bool is_colored) {
    return is_colored ? fmt::format("\x1b[{}m{}\x1b[0m", colors[line % colors.size()], text) : text;
}

std::string letter_of(size_t line) {
    return std::string(1, static_cast<char>('a' + line));
}

// The values at bottom and top, and how far ticks are apart: 1, 2 or 5 times a power of ten.
struct Scale {
    double low = 0;
    double high = 1;
    double tick = 1;
};

double round_step(double least) {
    const auto power = std::pow(10, std::floor(std::log10(least)));
    const auto share = least / power;
    return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

Scale scale_of(const std::vector<PlotLine>& lines, size_t rows) {
    double low = INFINITY;
    double high = -INFINITY;
    for (const auto& line : lines) {
        for (const auto& point : line.points) {
            if (std::isfinite(point.value)) {
                low = std::min(low, point.value);
                high = std::max(high, point.value);
            }
        }
    }
    // A flat line runs through the middle. Halves, so that the largest numbers don't overflow.
    if (high / 2 - low / 2 <= std::abs(high) * 1e-12) {
        const auto room = high == 0 ? 1 : std::abs(high) * 0.1;
        low -= room;
        high += room;
    }
    const auto ticks = static_cast<double>(std::max<size_t>(rows / rows_for_a_tick, 1));
    const auto tick = round_step(std::max((high / ticks - low / ticks), std::numeric_limits<double>::min()));
    Scale scale{std::floor(low / tick) * tick, std::ceil(high / tick) * tick, tick};
    if (!std::isfinite(scale.low) || !std::isfinite(scale.high) || scale.high <= scale.low) {
        return {low, high, high - low};  // numbers at the ends of what a double holds
    }
    return scale;
}

// Dots by row from the top.
class Grid {
  public:
    Grid(size_t columns, size_t rows) : columns_(columns), rows_(rows), dots_(columns * rows), lines_(columns * rows) {}

    long width() const { return static_cast<long>(columns_ * dots_across); }
    long height() const { return static_cast<long>(rows_ * dots_down); }

    void dot(long x, long y, size_t line) {
        if (x < 0 || y < 0 || x >= width() || y >= height()) {
            return;
        }
        // Unicode's order of the eight dots, column by column.
        static constexpr std::array<uint8_t, 8> bits{0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80};
        const auto cell = static_cast<size_t>(y) / dots_down * columns_ + static_cast<size_t>(x) / dots_across;
        dots_[cell] |= bits[static_cast<size_t>(x) % dots_across * dots_down + static_cast<size_t>(y) % dots_down];
        lines_[cell] = line;
    }

    void join(long x0, long y0, long x1, long y1, size_t line) {
        const auto steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1L});
        for (long i = 0; i <= steps; ++i) {
            dot(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps, line);
        }
    }

    std::string row(size_t row, bool is_colored) const {
        std::string text;
        for (size_t column = 0; column < columns_; ++column) {
            const auto dots = dots_[row * columns_ + column];
            // U+2800 and the dots, in UTF-8.
            const std::string letter{'\xe2', static_cast<char>(0xa0 | dots >> 6),
                                     static_cast<char>(0x80 | (dots & 0x3f))};
            text += dots == 0 ? " " : colored(letter, lines_[row * columns_ + column], is_colored);
        }
        return text;
    }

  private:
    size_t columns_;
    size_t rows_;
    std::vector<uint8_t> dots_;
    std::vector<size_t> lines_;  // whose the letter is: the one drawn last
};

class Chart {
  public:
    Chart(const std::vector<PlotLine>& lines, const PlotFrame& frame)
        : lines_(lines), frame_(frame), rows_(rows_for(lines.size(), frame.rows)), scale_(scale_of(lines, rows_)) {
        place_ticks();
        for (const auto& text : ticks_) {
            margin_ = std::max(margin_, display_width(text));
        }
        // To the left a space and the axis, to the right a space and letters.
        const auto around = margin_ + 2 + 1 + std::min(lines.size(), letters_max);
        columns_ = std::max(frame.columns, around + chart_columns_min) - around;
    }

    std::string text() {
        Grid grid(columns_, rows_);
        std::vector<std::string> ends(rows_);
        std::vector<size_t> letters(rows_, 0);
        for (size_t i = 0; i < lines_.size(); ++i) {
            const auto last = draw(grid, i);
            if (last >= 0 && letters[static_cast<size_t>(last)]++ < letters_max) {
                ends[static_cast<size_t>(last)] += colored(letter_of(i), i, frame_.is_colored);
            }
        }
        std::string out;
        for (size_t row = 0; row < rows_; ++row) {
            const std::string padding(margin_ - display_width(ticks_[row]), ' ');
            auto line = fmt::format("{}{} {}{}", padding, ticks_[row], ticks_[row].empty() ? "│" : "┤",
                                    grid.row(row, frame_.is_colored));
            line += ends[row].empty() ? "" : " " + ends[row];
            out += line.erase(line.find_last_not_of(' ') + 1) + "\n";
        }
        return out + times();
    }

  private:
    static constexpr size_t letters_max = 4;  // beside one row

    static size_t rows_for(size_t lines, size_t terminal) {
        const auto below = lines + 4;  // the axis, its times, a prompt
        return std::clamp(terminal > below ? terminal - below : 0, chart_rows_min, chart_rows_max);
    }

    long x_of(int64_t at, const Grid& grid) const {
        const auto whole = static_cast<double>(frame_.to_unix_ms - frame_.from_unix_ms);
        const auto share = whole > 0 ? static_cast<double>(at - frame_.from_unix_ms) / whole : 0.5;
        return std::lround(share * static_cast<double>(grid.width() - 1));
    }
    long y_of(double value, long height) const {
        // Halves, as above.
        const auto share = (value / 2 - scale_.low / 2) / (scale_.high / 2 - scale_.low / 2);
        return std::lround((1 - share) * static_cast<double>(height - 1));
    }

    // Gives the row of its newest point, or -1.
    long draw(Grid& grid, size_t line) const {
        const Point* before = nullptr;
        long row = -1;
        for (const auto& point : lines_[line].points) {
            if (!std::isfinite(point.value)) {
                before = nullptr;
                continue;
            }
            const auto x = x_of(point.at_unix_ms, grid);
            const auto y = y_of(point.value, grid.height());
            if (before != nullptr && point.at_unix_ms - before->at_unix_ms <= frame_.gap_ms) {
                grid.join(x_of(before->at_unix_ms, grid), y_of(before->value, grid.height()), x, y, line);
            } else {
                grid.dot(x, y, line);
            }
            before = &point;
            row = y / static_cast<long>(dots_down);
        }
        return row;
    }

    void place_ticks() {
        ticks_.resize(rows_);
        const auto count = std::lround((scale_.high - scale_.low) / scale_.tick);
        for (long i = 0; i <= std::min<long>(count, static_cast<long>(rows_)); ++i) {
            auto value = scale_.low + static_cast<double>(i) * scale_.tick;
            value = std::abs(value) < scale_.tick * 1e-9 ? 0 : value;
            const auto y = y_of(value, static_cast<long>(rows_ * dots_down));
            const auto row = static_cast<size_t>(std::max(y, 0L)) / dots_down;
            ticks_[std::min(row, rows_ - 1)] = number_text(value);
        }
    }

    std::string time_text(int64_t at) const {
        const auto text = to_rfc3339(wall_from_unix_ms(at));  // 2026-11-25T01:02:03.004Z
        const auto span = milliseconds{frame_.to_unix_ms - frame_.from_unix_ms};
        return span > 24h ? text.substr(5, 5) + " " + text.substr(11, 5) : text.substr(11, span < 10min ? 8 : 5);
    }

    std::string times() const {
        const auto count = std::max<size_t>(columns_ / columns_for_a_time, 1);
        std::string axis(margin_ + 1, ' ');
        axis += "└";
        std::string below(margin_ + 2, ' ');
        for (size_t column = 0; column < columns_; ++column) {
            const bool is_tick = column % columns_for_a_time == 0 && column / columns_for_a_time < count;
            axis += is_tick ? "┬" : "─";
            if (!is_tick) {
                continue;
            }
            const auto share = static_cast<double>(column) / static_cast<double>(std::max<size_t>(columns_ - 1, 1));
            const auto span = static_cast<double>(frame_.to_unix_ms - frame_.from_unix_ms);
            below.resize(margin_ + 2 + column, ' ');
            below += time_text(frame_.from_unix_ms + std::llround(share * span)) + (column == 0 ? " UTC" : "");
        }
        return axis + "\n" + below + "\n";
    }

    const std::vector<PlotLine>& lines_;
    const PlotFrame& frame_;
    const size_t rows_;
    const Scale scale_;
    std::vector<std::string> ticks_;  // by row; most are ""
    size_t margin_ = 0;
    size_t columns_ = 0;
};

bool has_value(const PlotLine& line) {
    return std::any_of(line.points.begin(), line.points.end(),
                       [](const Point& point) { return std::isfinite(point.value); });
}

}  // namespace

std::string plot(const std::vector<PlotLine>& lines, const PlotFrame& frame) {
    std::vector<PlotLine> shown;
    size_t left_out = 0;
    for (const auto& line : lines) {
        if (has_value(line) && shown.size() < plot_lines_max) {
            shown.push_back(line);
        } else if (has_value(line)) {
            ++left_out;
        }
    }
    if (shown.empty()) {
        return "";
    }
    auto text = Chart(shown, frame).text();
    for (size_t i = 0; i < shown.size(); ++i) {
        text += fmt::format("{} {}\n", colored(letter_of(i), i, frame.is_colored),
                            cut(harmless(shown[i].name), std::max<size_t>(frame.columns, 12) - 2));
    }
    if (left_out > 0) {
        text += fmt::format("and {} more series, not drawn: topk({}, …) chooses\n", left_out, plot_lines_max);
    }
    return text;
}

}  // namespace vigie::controller

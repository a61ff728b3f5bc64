// Charts small enough to be drawn by hand. A braille letter's dots are 1 2 3 7 down its left side, 4 5 6 8 down its
// right.
#include "controller/cli/plot.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <sstream>

#include "controller/cli/table.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

std::vector<std::string> rows_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> rows;
    for (std::string row; std::getline(in, row);) {
        rows.push_back(row);
    }
    return rows;
}

PlotFrame frame(int64_t to_ms, int64_t gap_ms) {
    return {.from_unix_ms = 0, .to_unix_ms = to_ms, .gap_ms = gap_ms, .columns = 16, .rows = 9};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plot_of_lines)

BOOST_AUTO_TEST_CASE(a_rising_line_runs_from_corner_to_corner) {
    // Margin 2 ("10"), a space, the axis, and to the right a space and one letter: 16 - 6 = 10 columns, 20 dots across;
    // 9 rows of terminal without legend, axis, times and prompt are 4, 16 dots down.
    const auto rows = rows_of(plot({{"load", {{0, 0}, {1'000, 10}}}}, frame(1'000, 1'000)));
    BOOST_REQUIRE(rows.size() == 7u);
    BOOST_TEST(rows[0].starts_with("10 ┤"));
    BOOST_TEST(rows[3].starts_with(" 0 ┤"));
    BOOST_TEST(rows[0].ends_with(" a"));
    // The first dot is the lowest left one (7, U+2840), perhaps with its neighbour to the right (8, U+2880).
    const auto first = rows[3].substr(std::string(" 0 ┤").size(), 3);
    BOOST_TEST((first == "⡀" || first == "⣀" || first == "⡠"));
    BOOST_TEST(rows[4] == "   └┬─────────");
    BOOST_TEST(rows[5] == "    00:00:00 UTC");
    BOOST_TEST(rows[6] == "a load");
    for (const auto& row : rows) {
        BOOST_TEST(display_width(row) <= 16u);
    }
}

BOOST_AUTO_TEST_CASE(a_gap_is_not_bridged) {
    const std::vector<PlotLine> lines{{"load", {{0, 1}, {10'000, 1}}}};
    const auto dots = [](const std::string& text) {
        size_t letters = 0;
        for (size_t at = text.find('\xe2'); at != std::string::npos; at = text.find('\xe2', at + 1)) {
            letters += (static_cast<uint8_t>(text[at + 1]) & 0xfc) == 0xa0 ? 1 : 0;
        }
        return letters;
    };
    BOOST_TEST(dots(plot(lines, frame(10'000, 10'000))) > 5u);
    BOOST_TEST(dots(plot(lines, frame(10'000, 5'000))) == 2u);
    // A value that is no number is a gap too.
    BOOST_TEST(dots(plot({{"load", {{0, 1}, {5'000, NAN}, {10'000, 1}}}}, frame(10'000, 5'000))) == 2u);
}

BOOST_AUTO_TEST_CASE(a_flat_line_runs_between_values_around_it) {
    const auto rows = rows_of(plot({{"load", {{0, 5}, {10'000, 5}}}}, frame(10'000, 10'000)));
    BOOST_TEST((rows[1].ends_with(" a") || rows[2].ends_with(" a")));
    BOOST_TEST(!plot({{"load", {{0, 0}}}}, frame(0, 0)).empty());
}

BOOST_AUTO_TEST_CASE(numbers_at_the_ends_of_what_there_is_are_drawn) {
    for (const double size : {1.7e308, 5e-324, 1e-300, 1e300}) {
        const auto text = plot({{"load", {{0, -size}, {1'000, size}}}}, frame(1'000, 1'000));
        BOOST_TEST(rows_of(text).size() == 7u, size);
    }
    BOOST_TEST(plot({{"load", {{0, NAN}, {1, INFINITY}}}}, frame(1, 1)) == "");
    BOOST_TEST(plot({}, frame(1, 1)) == "");
}

BOOST_AUTO_TEST_CASE(lines_are_told_apart_by_letters_and_by_colours_where_there_are_some) {
    std::vector<PlotLine> lines;
    for (int i = 0; i < 14; ++i) {
        lines.push_back({"n" + std::to_string(i), {{0, 1.0 * i}, {1'000, 1.0 * i}}});
    }
    auto wide = frame(1'000, 1'000);
    wide.columns = 60;
    wide.rows = 40;
    const auto plain = plot(lines, wide);
    BOOST_TEST(plain.find("\na n0\n") != std::string::npos);
    BOOST_TEST(plain.find("\nl n11\n") != std::string::npos);
    BOOST_TEST(plain.find("n12") == std::string::npos);
    BOOST_TEST(plain.ends_with("and 2 more series, not drawn: topk(12, …) chooses\n"));
    BOOST_TEST(plain.find('\x1b') == std::string::npos);
    wide.is_colored = true;
    const auto tinted = plot(lines, wide);
    BOOST_TEST(tinted.find("\x1b[36ma\x1b[0m n0\n") != std::string::npos);
    BOOST_TEST(tinted.find("\x1b[33mb\x1b[0m n1\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(times_are_as_long_as_the_time_needs) {
    auto wide = frame(3'600'000, 3'600'000);
    wide.columns = 70;
    const auto hour = plot({{"load", {{0, 1}, {3'600'000, 2}}}}, wide);
    BOOST_TEST(hour.find("00:00 UTC") != std::string::npos);
    wide.to_unix_ms = int64_t{3} * 86'400'000;
    const auto days = plot({{"load", {{0, 1}, {wide.to_unix_ms, 2}}}}, wide);
    BOOST_TEST(days.find("01-01 00:00 UTC") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

#include "shared/log/log.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "tests/support/temp_folder.hpp"

using namespace vigie;

BOOST_AUTO_TEST_SUITE(throttle)

BOOST_AUTO_TEST_CASE(lets_a_few_pass_in_each_period_and_tells_of_the_rest) {
    log::Throttle lines{.lines_max = 2, .period = 60s};
    const MonoTime start{};
    BOOST_TEST(lines.admit(start).value() == 0u);
    BOOST_TEST(lines.admit(start + 1s).value() == 0u);
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(!lines.admit(start + 2s).has_value());
    }
    BOOST_TEST(lines.admit(start + 60s).value() == 5u);
    BOOST_TEST(lines.admit(start + 61s).value() == 0u);
    BOOST_TEST(!lines.admit(start + 119s).has_value());
}

BOOST_AUTO_TEST_CASE(says_how_many_were_left_out) {
    BOOST_TEST(log::and_more(0).empty());
    BOOST_TEST(log::and_more(5) == " (and 5 more like it)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(cannot_be_forged_by_what_a_message_holds) {
    const tests::TempFolder folder;
    const auto path = folder / "log";
    BOOST_REQUIRE(log::open_file(path).has_value());
    log::warning("host=web-1 said: {}", "\n2026-01-01T00:00:00.000Z info enrolled evil\x1b[2J");
    std::stringstream written;
    written << std::ifstream(path).rdbuf();
    const auto text = written.str();
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 1);
    BOOST_TEST(text.ends_with("warning host=web-1 said: \\x0a2026-01-01T00:00:00.000Z info enrolled evil\\x1b[2J\n"),
               text);
}

BOOST_AUTO_TEST_SUITE_END()

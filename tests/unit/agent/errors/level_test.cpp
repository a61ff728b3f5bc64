// Words, numbers and guesses.
#include "agent/errors/level.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent::errors {
namespace {

std::string_view guessed(std::string_view message) {
    const auto level = guess_level(message);
    return level ? name_of(*level) : "none";
}

std::string_view numbered(int64_t number) {
    const auto level = level_of_number(number);
    return level ? name_of(*level) : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(level)

BOOST_AUTO_TEST_CASE(words_are_read_in_any_case) {
    BOOST_TEST(name_of(*level_of_word("ERROR")) == "error");
    BOOST_TEST(name_of(*level_of_word("err")) == "error");
    BOOST_TEST(name_of(*level_of_word("Warn")) == "warning");
    BOOST_TEST(name_of(*level_of_word("EMERGENCY")) == "critical");
    BOOST_TEST(name_of(*level_of_word("SEVERE")) == "error");
    BOOST_TEST(!level_of_word("errors"));
    BOOST_TEST(!level_of_word(""));
    BOOST_TEST(!level_of_word("informationally"));
}

// RFC 5424, table 2.
BOOST_AUTO_TEST_CASE(severities_are_syslogs) {
    BOOST_TEST(name_of(level_of_severity(0)) == "critical");
    BOOST_TEST(name_of(level_of_severity(2)) == "critical");
    BOOST_TEST(name_of(level_of_severity(3)) == "error");
    BOOST_TEST(name_of(level_of_severity(4)) == "warning");
    BOOST_TEST(name_of(level_of_severity(5)) == "notice");
    BOOST_TEST(name_of(level_of_severity(6)) == "info");
    BOOST_TEST(name_of(level_of_severity(7)) == "debug");
}

BOOST_AUTO_TEST_CASE(numbers_of_three_scales_are_told_apart) {
    BOOST_TEST(numbered(3) == "error");
    BOOST_TEST(numbered(30) == "info");
    BOOST_TEST(numbered(50) == "error");
    BOOST_TEST(numbered(60) == "critical");
    BOOST_TEST(numbered(400) == "error");
    BOOST_TEST(numbered(250) == "notice");
    BOOST_TEST(numbered(550) == "critical");
    BOOST_TEST(numbered(77) == "none");
    BOOST_TEST(numbered(-1) == "none");
    BOOST_TEST(numbered(601) == "none");
}

BOOST_AUTO_TEST_CASE(a_text_is_guessed_by_where_its_word_stands) {
    BOOST_TEST(guessed("ERROR could not connect") == "error");
    BOOST_TEST(guessed("error: could not connect") == "error");
    BOOST_TEST(guessed("psql: FATAL:  no such role") == "critical");
    BOOST_TEST(guessed("[error] could not connect") == "error");
    BOOST_TEST(guessed("ts=1 level=error msg=x") == "error");
    BOOST_TEST(guessed("ts=1 level=\"warn\" msg=x") == "warning");
    BOOST_TEST(guessed("there was no error at all") == "none");
    BOOST_TEST(guessed("0 errors, 0 warnings") == "none");
    BOOST_TEST(guessed("GET /error HTTP/1.1") == "none");
    BOOST_TEST(guessed("x/ERROR/y") == "none");
    BOOST_TEST(guessed("") == "none");
}

BOOST_AUTO_TEST_CASE(a_word_far_behind_is_what_the_text_is_about) {
    BOOST_TEST(guessed(std::string(200, '.') + " ERROR x") == "none");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors

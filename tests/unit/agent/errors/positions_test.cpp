// There and back.
#include "agent/errors/positions.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent::errors {

BOOST_AUTO_TEST_SUITE(positions)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
    const Positions written{
        {"/var/log/a.log", {.file = {.device = 1, .inode = 2}, .offset = 3, .tail_hash = 4}},
        {"/var/log/100% a\nb.log", {.file = {.device = ~0ull, .inode = 0}, .offset = 0, .tail_hash = 0}}};
    const auto read = parse_positions(write_positions(written));
    BOOST_REQUIRE(read);
    BOOST_TEST((read->positions == written));
    BOOST_TEST(read->bad_lines.empty());
}

BOOST_AUTO_TEST_CASE(the_form_stays) {
    BOOST_TEST(write_positions({{"/a", {.file = {.device = 16, .inode = 2}, .offset = 255, .tail_hash = 4}}}) ==
               "vigie positions 1\n10 2 ff 4 /a\n");
}

BOOST_AUTO_TEST_CASE(a_bad_line_costs_itself) {
    const auto read =
        parse_positions("vigie positions 1\n1 2 3 4 /a\n1 2 x 4 /b\n1 2 3\n1 2 3 4 \n1 2 3 4 /c%41\n1 2 3 4 /d");
    BOOST_REQUIRE(read);
    BOOST_TEST(read->positions.size() == 2u);
    BOOST_TEST(read->positions.contains("/d"));
    BOOST_TEST(read->bad_lines == (std::vector<int>{3, 4, 5, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_file_is_refused) {
    BOOST_TEST((parse_positions("").error().code == ErrorCode::malformed));
    BOOST_TEST((parse_positions("vigie positions 2\n").error().code == ErrorCode::unsupported));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors

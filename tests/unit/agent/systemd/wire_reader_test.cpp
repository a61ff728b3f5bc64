// Against the rules of D-Bus' specification.
#include "agent/systemd/wire_reader.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/systemd/hex.hpp"

namespace vigie::agent {

using tests_of_systemd::from_hex;

BOOST_AUTO_TEST_SUITE(wire_reader)

// "foo", "+", "bar": the specification's own example of an array of strings, without its length.
BOOST_AUTO_TEST_CASE(the_example_of_the_specification_is_read) {
    const auto bytes = from_hex("03000000666f6f00010000002b0000000300000062617200");
    WireReader reader(bytes);
    BOOST_TEST(reader.text() == "foo");
    BOOST_TEST(reader.text() == "+");
    BOOST_TEST(reader.text() == "bar");
    BOOST_TEST(reader.is_at_end());
    BOOST_TEST(!reader.has_failed());
}

BOOST_AUTO_TEST_CASE(numbers_stand_at_multiples_of_their_size) {
    const auto bytes = from_hex("010000000200000003000000000000000400000000000000");
    WireReader reader(bytes);
    BOOST_TEST(reader.u8() == 1);
    BOOST_TEST(reader.u32() == 2u);
    BOOST_TEST(reader.u64() == 3u);
    BOOST_TEST(reader.u8() == 4);
    reader.align(8);
    BOOST_TEST(reader.is_at_end());
}

BOOST_AUTO_TEST_CASE(what_is_not_there_fails_for_good) {
    const auto bytes = from_hex("ffffffff000000000000");
    WireReader reader(bytes);
    BOOST_TEST(reader.text().empty());
    BOOST_TEST(reader.has_failed());
    BOOST_TEST(reader.u8() == 0);  // there are bytes left, and yet
    WireReader without_nul(std::string_view("\1\0\0\0ab", 6));
    BOOST_TEST(without_nul.text().empty());
    BOOST_TEST(without_nul.has_failed());
    WireReader without_room(std::string_view("\2\0\0\0ab", 6));  // all but the NUL
    BOOST_TEST(without_room.text().empty());
    BOOST_TEST(without_room.has_failed());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

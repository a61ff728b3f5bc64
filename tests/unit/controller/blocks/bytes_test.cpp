// Numbers as bytes.
#include "controller/blocks/bytes.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::controller::blocks;

BOOST_AUTO_TEST_SUITE(block_bytes)

BOOST_AUTO_TEST_CASE(numbers_of_every_length_come_back) {
    for (int bit = 0; bit < 64; ++bit) {
        for (const uint64_t number : {uint64_t{1} << bit, (uint64_t{1} << bit) - 1, ~(uint64_t{1} << bit)}) {
            ByteWriter out;
            out.varint(number);
            out.signed_varint(number);
            out.fixed(number);
            ByteReader in(out.text());
            BOOST_TEST(in.varint() == number);
            BOOST_TEST(in.signed_varint() == number);
            BOOST_TEST(in.fixed() == number);
            BOOST_TEST((in.is_ok() && in.is_done()));
        }
    }
}

BOOST_AUTO_TEST_CASE(small_numbers_of_both_signs_take_a_byte) {
    for (const int64_t number : {0, 1, -1, 63, -64}) {
        ByteWriter out;
        out.signed_varint(static_cast<uint64_t>(number));
        BOOST_TEST(out.size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(what_is_missing_spoils_all_that_follows) {
    ByteReader in("\x81");
    BOOST_TEST(in.varint() == 0u);
    BOOST_TEST(!in.is_ok());
    BOOST_TEST(in.u8() == 0u);
    ByteReader endless("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    endless.varint();
    BOOST_TEST(!endless.is_ok());
    ByteReader short_one("abc");
    BOOST_TEST(short_one.bytes(4).empty());
    BOOST_TEST(!short_one.is_ok());
}

BOOST_AUTO_TEST_SUITE_END()

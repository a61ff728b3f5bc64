#include "shared/core/units.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;

BOOST_AUTO_TEST_SUITE(sizes)

BOOST_AUTO_TEST_CASE(are_read_with_powers_of_1024) {
    BOOST_TEST(parse_bytes("512").value().count == 512u);
    BOOST_TEST(parse_bytes("100k").value().count == 102'400u);
    BOOST_TEST(parse_bytes("64MiB").value().count == 67'108'864u);
    BOOST_TEST(parse_bytes("7B").value().count == 7u);
    BOOST_TEST(parse_bytes("2MB").value().count == 2'097'152u);
    BOOST_TEST(parse_bytes("1G").value().count == 1'073'741'824u);
    for (const auto* bad : {"", "k", "10q", "1kk", "10kfooB", "5BB", "5BiB", "1MBB", "-1", "99999999999999999999",
                            "18446744073709551615k"}) {
        BOOST_TEST(!parse_bytes(bad).has_value(), bad);
    }
}

BOOST_AUTO_TEST_CASE(are_shown_with_three_digits) {
    BOOST_TEST(format_bytes(512_B) == "512 B");
    BOOST_TEST(format_bytes(1536_B) == "1.50 KiB");
    BOOST_TEST(format_bytes(64_MiB) == "64.0 MiB");
}

BOOST_AUTO_TEST_SUITE_END()

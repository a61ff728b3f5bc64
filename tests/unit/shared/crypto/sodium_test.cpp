#include "shared/crypto/sodium_hash.hpp"

#include <boost/test/unit_test.hpp>

#include "shared/crypto/sodium_secret.hpp"

using namespace vigie;

BOOST_AUTO_TEST_SUITE(sodium)

BOOST_AUTO_TEST_CASE(blake2b_is_what_coreutils_b2sum_prints) {
    // printf '' | b2sum -l 256; printf abc | b2sum -l 256
    BOOST_TEST(blake2b_hex("") == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    BOOST_TEST(blake2b_hex("abc") == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

BOOST_AUTO_TEST_CASE(comparison_looks_at_all_bytes) {
    BOOST_TEST(is_equal_constant_time("", ""));
    BOOST_TEST(is_equal_constant_time("abc", "abc"));
    BOOST_TEST(!is_equal_constant_time("abc", "abd"));
    BOOST_TEST(!is_equal_constant_time("xbc", "abc"));
    BOOST_TEST(!is_equal_constant_time("abc", "abcd"));
}

BOOST_AUTO_TEST_CASE(a_secret_leaves_nothing_where_it_was) {
    std::string text = "short";  // lives inside the string object
    Secret secret(std::move(text));
    BOOST_TEST(text.empty());
    Secret moved(std::move(secret));
    BOOST_TEST(secret.is_empty());
    BOOST_TEST(moved.reveal() == "short");
    const Secret copy = moved;
    moved = Secret();
    BOOST_TEST(copy.reveal() == "short");
    BOOST_TEST(moved.is_empty());
}

BOOST_AUTO_TEST_SUITE_END()

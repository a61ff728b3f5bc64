#include "shared/crypto/restic_cipher.hpp"

#include <boost/test/unit_test.hpp>

#include "shared/crypto/restic_hash.hpp"
#include "tests/support/seeded_random.hpp"

using namespace vigie;

namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

std::array<uint8_t, 16> block(std::string_view hex) {
    const auto bytes = from_hex(hex);
    std::array<uint8_t, 16> out{};
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

template <typename Range>
std::string to_hex(const Range& bytes) {
    std::string hex;
    for (const auto byte : bytes) {
        hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
    }
    return hex;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(restic_cipher)

// D. J. Bernstein, "The Poly1305-AES message-authentication code", appendix B.
BOOST_AUTO_TEST_CASE(poly1305_aes_gives_the_tags_of_its_paper) {
    struct Vector {
        const char *message, *r, *k, *nonce, *tag;
    };
    const std::array vectors{
        Vector{"f3f6", "851fc40c3467ac0be05cc20404f3f700", "ec074c835580741701425b623235add6",
               "fb447350c4e868c52ac3275cf9d4327e", "f4c633c3044fc145f84f335cb81953de"},
        Vector{"", "a0f3080000f46400d0c7e9076c834403", "75deaa25c09f208e1dc4ce6b5cad3fbf",
               "61ee09218d29b0aaed7e154a2c5509cc", "dd3fab2251f11ac759f0887129cc2ee7"},
        Vector{"663cea190ffb83d89593f3f476b6bc24d7e679107ea26adb8caf6652d0656136", "48443d0bb0d21109c89a100b5ce2c208",
               "6acb5f61a7176dd320c5c1eb2edcdc74", "ae212a55399729595dea458bc621ff0e",
               "0ee1c16bb73f0f4fd19881753c01cdbe"},
        Vector{
            "ab0812724a7f1e342742cbed374d94d136c6b8795d45b3819830f2c04491faf0990c62e48b8018b2c3e4a0fa3134cb67fa83e158c9"
            "94d961c4cb21095c1bf9",
            "12976a08c4426d0ce8a82407c4f48207", "e1a5668a4d5b66a5f68cc5424ed5982d", "9ae831e743978d3a23527c7128149e3a",
            "5154ad0d2cb26e01274fc51148491f1b"}};
    for (const auto& vector : vectors) {
        BOOST_TEST(to_hex(poly1305_aes(from_hex(vector.message), block(vector.k), block(vector.r),
                                       block(vector.nonce))) == vector.tag);
    }
}

// RFC 7914, section 12.
BOOST_AUTO_TEST_CASE(scrypt_gives_the_keys_of_its_rfc) {
    BOOST_TEST(to_hex(scrypt("", "", {16, 1, 1}, 64).value()) ==
               "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0f"
               "b2e0d3628"
               "cf35e20c38d18906");
    BOOST_TEST(to_hex(scrypt("password", "NaCl", {1024, 8, 16}, 64).value()) ==
               "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb"
               "94a83ee6d"
               "8360cbdfa2cc0640");
}

BOOST_AUTO_TEST_CASE(scrypt_refuses_costs_that_take_gigabytes) {
    BOOST_TEST(!scrypt("x", "y", {1ULL << 40, 8, 1}, 64).has_value());
    BOOST_TEST(!scrypt("x", "y", {15, 8, 1}, 64).has_value());
    BOOST_TEST(!scrypt("x", "y", {0, 0, 0}, 64).has_value());
}

BOOST_AUTO_TEST_CASE(opens_what_it_sealed_and_refuses_every_flipped_bit) {
    tests::SeededRandom random(1);
    ResticCipher cipher(make_restic_key(random));
    const std::string plain = "twenty-one characters";
    const auto sealed = cipher.seal(plain, random);
    BOOST_TEST(sealed.size() == plain.size() + 32);
    BOOST_TEST(cipher.open(sealed).value() == plain);
    for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto flipped = sealed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        BOOST_TEST((cipher.open(flipped).error().code == ErrorCode::corrupt));
    }
    BOOST_TEST(!cipher.open(sealed.substr(0, 31)).has_value());
    BOOST_TEST(cipher.open(cipher.seal("", random)).value().empty());
}

BOOST_AUTO_TEST_CASE(never_seals_twice_under_one_iv) {
    tests::SeededRandom random(1);
    ResticCipher cipher(make_restic_key(random));
    BOOST_TEST(cipher.seal("same", random) != cipher.seal("same", random));
}

// FIPS 180-2, appendix B.
BOOST_AUTO_TEST_CASE(sha256_gives_the_digests_of_its_standard) {
    BOOST_TEST(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256Stream stream;
    stream.add("abcdbcdecdefdefgefghfghighij");
    stream.add("hijkijkljklmklmnlmnomnopnopq");
    BOOST_TEST(to_hex(stream.finish()) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

BOOST_AUTO_TEST_SUITE_END()

#include "agent/backup/chunker.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/seeded_random.hpp"

using namespace vigie;
using namespace vigie::agent::backup;

namespace {

constexpr Polynomial polynomial = 0x3DA3358B4DC173;  // of restic's chunker's documentation

std::string noise(size_t bytes) {
    std::string content(bytes, '\0');
    tests::SeededRandom(23).fill({reinterpret_cast<uint8_t*>(content.data()), content.size()});
    return content;
}

// Chunk lengths when the bytes come in pieces of `step`.
std::vector<size_t> chunk_lengths(std::string_view content, size_t step) {
    Chunker chunker(polynomial);
    std::vector<size_t> lengths{0};
    while (!content.empty()) {
        const auto piece = content.substr(0, step);
        const auto cut = chunker.find_cut(piece);
        const size_t used = cut.value_or(piece.size());
        lengths.back() += used;
        content.remove_prefix(used);
        if (cut) {
            lengths.push_back(0);
        }
    }
    if (lengths.back() == 0) {
        lengths.pop_back();
    }
    return lengths;
}

// The definition, without tables: the window's bytes as one polynomial, reduced.
uint64_t fingerprint(std::string_view window) {
    Polynomial hash = 0;
    for (const char byte : window) {
        hash = remainder_of(hash << 8 | static_cast<uint8_t>(byte), polynomial);
    }
    return hash;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup_chunker)

BOOST_AUTO_TEST_CASE(knows_irreducible_polynomials) {
    // x^2+x+1 and x^3+x+1 are irreducible, x^2+1 = (x+1)^2 and x^4+x^2+1 = (x^2+x+1)^2 are not.
    BOOST_TEST(is_irreducible(0b111));
    BOOST_TEST(is_irreducible(0b1011));
    BOOST_TEST(!is_irreducible(0b101));
    BOOST_TEST(!is_irreducible(0b10101));
    BOOST_TEST(is_irreducible(0x11b));  // of AES
    BOOST_TEST(is_irreducible(polynomial));
    BOOST_TEST(!is_irreducible(polynomial ^ 2));
    BOOST_TEST(!is_irreducible(0));
    BOOST_TEST(!is_irreducible(1));
}

BOOST_AUTO_TEST_CASE(makes_polynomials_of_degree_53) {
    tests::SeededRandom random(5);
    for (int i = 0; i < 5; ++i) {
        const auto made = make_polynomial(random);
        BOOST_TEST(degree_of(made) == 53);
        BOOST_TEST(is_irreducible(made));
    }
}

BOOST_AUTO_TEST_CASE(cuts_zeros_at_the_minimum) {
    const auto lengths = chunk_lengths(std::string(3 * Chunker::chunk_bytes_min + 5, '\0'), 1 << 20);
    const std::vector<size_t> expected{Chunker::chunk_bytes_min, Chunker::chunk_bytes_min, Chunker::chunk_bytes_min, 5};
    BOOST_TEST(lengths == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(cuts_alike_however_the_bytes_arrive) {
    const auto content = noise(12U << 20);
    const auto whole = chunk_lengths(content, content.size());
    for (const size_t step : {4096U, 65537U, 1000003U}) {
        BOOST_TEST(chunk_lengths(content, step) == whole, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(cuts_where_the_low_20_bits_of_the_fingerprint_are_zero_and_only_there) {
    const auto content = noise(12U << 20);
    const auto lengths = chunk_lengths(content, content.size());
    BOOST_TEST(lengths.size() > 3u);
    size_t end = 0;
    for (size_t i = 0; i + 1 < lengths.size(); ++i) {
        end += lengths[i];
        BOOST_TEST(lengths[i] >= Chunker::chunk_bytes_min);
        BOOST_TEST(lengths[i] <= Chunker::chunk_bytes_max);
        if (lengths[i] < Chunker::chunk_bytes_max) {
            BOOST_TEST((fingerprint(std::string_view(content).substr(end - 64, 64)) & 0xfffff) == 0u);
        }
    }
    for (size_t at = Chunker::chunk_bytes_min; at < std::min<size_t>(lengths[0], Chunker::chunk_bytes_min + 20000);
         ++at) {
        BOOST_REQUIRE((fingerprint(std::string_view(content).substr(at - 64, 64)) & 0xfffff) != 0u);
    }
}

BOOST_AUTO_TEST_CASE(an_insertion_at_the_front_leaves_later_cuts_where_they_are) {
    const auto content = noise(12U << 20);
    const auto before = chunk_lengths(content, content.size());
    const auto after = chunk_lengths("inserted" + content, content.size());
    BOOST_TEST(before.back() == after.back());
    BOOST_TEST(before[before.size() - 2] == after[after.size() - 2]);
}

BOOST_AUTO_TEST_SUITE_END()

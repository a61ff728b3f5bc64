// Every double comes back bit by bit, and usual series take few bytes.
#include "controller/blocks/values.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller::blocks;

namespace {

constexpr uint64_t stale_bits = 0x7ff0000000000002;  // Prometheus's stale marker, a signalling NaN
const double infinity = std::numeric_limits<double>::infinity();

std::string encoded(const std::vector<double>& values) {
    ByteWriter out;
    encode_values(values, out);
    return out.take();
}

// Fails the test when a bit differs. Gives the size.
size_t round_trip(const std::vector<double>& values) {
    const auto bytes = encoded(values);
    ByteReader in(bytes);
    std::vector<double> back;
    BOOST_REQUIRE(decode_values(in, values.size(), back));
    BOOST_TEST(in.is_done());
    BOOST_REQUIRE(back.size() == values.size());
    for (size_t i = 0; i < values.size(); ++i) {
        BOOST_TEST(std::bit_cast<uint64_t>(back[i]) == std::bit_cast<uint64_t>(values[i]));
    }
    return bytes.size();
}

double any_double(std::mt19937_64& engine) {
    switch (engine() % 6) {
        case 0:
            return std::bit_cast<double>(engine());  // NaNs of all kinds and infinities too
        case 1:
            return static_cast<double>(static_cast<int64_t>(engine() % 2'000'001) - 1'000'000) / 1000;
        case 2:
            return static_cast<double>(engine() >> (engine() % 64));
        case 3:
            return -0.0;
        case 4:
            return std::bit_cast<double>(stale_bits);
        default:
            return std::ldexp(1.0, static_cast<int>(engine() % 2000) - 1000);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(block_values)

BOOST_AUTO_TEST_CASE(doubles_of_every_kind_come_back_bit_by_bit) {
    round_trip({});
    round_trip({0.0});
    round_trip({-0.0});
    round_trip({0.1, 0.2, 0.1 + 0.2});
    round_trip({infinity, -infinity, std::nan(""), std::bit_cast<double>(stale_bits)});
    round_trip({9007199254740992.0, 9007199254740991.0, -9007199254740992.0, 1e300, -1e300});
    round_trip({5e-324, -5e-324, std::numeric_limits<double>::min()});
    round_trip({1e-9, 123456789.123456789, 0.000000001});
}

BOOST_AUTO_TEST_CASE(random_series_come_back_bit_by_bit) {
    std::mt19937_64 engine(20261127);
    for (int round = 0; round < 2'000; ++round) {
        std::vector<double> values(1 + engine() % 40);
        const auto kind = engine() % 4;
        double walk = 0;
        for (auto& value : values) {
            walk += static_cast<double>(engine() % 1000) / (kind == 1 ? 100 : 1);
            value = kind == 0 ? any_double(engine) : kind == 3 && engine() % 12 == 0 ? any_double(engine) : walk;
        }
        round_trip(values);
    }
}

BOOST_AUTO_TEST_CASE(a_constant_takes_a_few_bytes) {
    BOOST_TEST(round_trip(std::vector<double>(120, 1.0)) == 3u);    // mode, digits, 1
    BOOST_TEST(round_trip(std::vector<double>(120, 20.25)) == 4u);  // 2025 takes two
    BOOST_TEST(round_trip(std::vector<double>(120, std::bit_cast<double>(stale_bits))) == 9u);
}

BOOST_AUTO_TEST_CASE(a_steady_counter_takes_a_byte_a_sample) {
    std::vector<double> values;
    for (int i = 0; i < 120; ++i) {
        values.push_back(1e9 + i * 4096);
    }
    // mode, digits, shift; 1e9 in five bytes; the first difference, 4096, in two; 118 zeros.
    BOOST_TEST(round_trip(values) == 3u + 5u + 2u + 118u);
}

BOOST_AUTO_TEST_CASE(bits_that_all_differences_lack_are_not_written) {
    std::mt19937_64 engine(7);
    std::vector<double> values;
    for (int i = 0; i < 120; ++i) {
        values.push_back(static_cast<double>((engine() % 64) * 4096));
    }
    // Differences of less than 64 in either direction, of 4096 each: a byte.
    BOOST_TEST(round_trip(values) <= 3u + 3u + 119u);
}

BOOST_AUTO_TEST_CASE(a_value_that_is_no_decimal_number_costs_only_itself) {
    std::vector<double> values(120, 20.5);
    const auto before = round_trip(values);
    values[60] = std::bit_cast<double>(stale_bits);
    BOOST_TEST(round_trip(values) == before + 1 + 119 + 10);  // shift, differences; one odd value, its place, 8 bytes
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_errors_and_no_more_than_that) {
    std::vector<double> back;
    const auto refused = [&back](const std::string& bytes, size_t count) {
        back.clear();
        ByteReader in(bytes);
        const auto read = decode_values(in, count, back);
        return !read && read.error().code == ErrorCode::corrupt;
    };
    BOOST_TEST(refused("", 1));
    BOOST_TEST(refused(std::string("\x01\x0a\x00", 3), 1));      // ten digits
    BOOST_TEST(refused(std::string("\x02\x00\x40\x00", 4), 1));  // shifted by 64
    BOOST_TEST(refused("\x07", 1));                              // no such mode
    BOOST_TEST(refused(std::string("\x06\x45", 2), 1));          // four zero bytes and five others
    BOOST_TEST(refused(encoded({1, 2, 4}), 4));
    // An odd value behind the last.
    BOOST_TEST(refused(std::string("\x04\x00\x00\x02\x02\x01\x02", 7) + std::string(8, 'x'), 2));
}

BOOST_AUTO_TEST_SUITE_END()

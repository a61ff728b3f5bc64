// One series in one slot: values at some of its host's moments.
#include "controller/blocks/chunk.hpp"

#include <random>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller::blocks;

namespace {
using Places = std::vector<uint32_t>;

void round_trip(const Places& places, size_t moments) {
    const std::vector<double> values(places.begin(), places.end());
    const auto runs = runs_of(places);
    Chunk back;
    BOOST_REQUIRE(decode_chunk(encode_chunk(runs, values, moments), moments, back));
    BOOST_TEST((back.runs == runs));
    BOOST_TEST((back.values == values));
}
}  // namespace

BOOST_AUTO_TEST_SUITE(block_chunk)

BOOST_AUTO_TEST_CASE(places_become_runs) {
    BOOST_TEST((runs_of(Places{0, 1, 2, 5, 7, 8}) == std::vector<Run>{{0, 3}, {5, 1}, {7, 2}}));
    BOOST_TEST(runs_of(Places{}).empty());
}

BOOST_AUTO_TEST_CASE(all_some_and_single_moments_come_back) {
    round_trip({0, 1, 2, 3}, 4);
    round_trip({0, 1, 2, 3}, 5);
    round_trip({4}, 5);
    round_trip({0, 2, 4}, 5);
    std::mt19937 engine(3);
    for (int round = 0; round < 300; ++round) {
        Places places;
        const uint32_t moments = 1 + engine() % 130;
        for (uint32_t i = 0; i < moments; ++i) {
            if (engine() % 3 != 0) {
                places.push_back(i);
            }
        }
        if (!places.empty()) {
            round_trip(places, moments);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_of_several_columns_can_be_had_alone) {
    const std::vector<std::vector<double>> columns{{1, 2, 3}, {0.5, 0.25, -0.0}, {9, 9, 9}};
    const std::vector<Run> runs{{1, 3}};
    const auto bytes = encode_columns(runs, columns, 5);
    for (size_t i = 0; i < columns.size(); ++i) {
        Chunk back;
        BOOST_REQUIRE(decode_column(bytes, 5, i, back));
        BOOST_TEST((back.runs == runs));
        BOOST_TEST((back.values == columns[i]));
    }
    Chunk none;
    BOOST_TEST(!decode_column(bytes, 5, 3, none).has_value());
}

BOOST_AUTO_TEST_CASE(moments_that_the_host_does_not_have_are_damage) {
    Chunk back;
    BOOST_TEST(!decode_chunk("", 3, back).has_value());
    BOOST_TEST(!decode_chunk(encode_chunk(std::vector<Run>{{2, 2}}, std::vector<double>{1, 2}, 4), 3, back));
    BOOST_TEST(!decode_chunk(std::string("\x01\x00\x00", 3), 3, back).has_value());                  // a run of none
    BOOST_TEST(!decode_chunk(std::string("\x01\xff\xff\xff\xff\x0f\x01", 7), 3, back).has_value());  // far behind
}

BOOST_AUTO_TEST_SUITE_END()

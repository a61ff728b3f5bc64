// Times of a slot, and what damaged ones give.
#include "controller/blocks/times.hpp"

#include <random>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller::blocks;

namespace {

constexpr SlotSpan slot{1'800'000'000'000, 1'800'001'200'000};

std::string encoded(const std::vector<int64_t>& times) {
    ByteWriter out;
    encode_times(times, slot, out);
    return out.take();
}
size_t round_trip(const std::vector<int64_t>& times) {
    const auto bytes = encoded(times);
    ByteReader in(bytes);
    const auto back = decode_times(in, slot);
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST(in.is_done());
    BOOST_TEST((*back == times));
    return bytes.size();
}
bool is_refused(const std::string& bytes) {
    ByteReader in(bytes);
    const auto read = decode_times(in, slot);
    return !read && read.error().code == ErrorCode::corrupt;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(block_times)

BOOST_AUTO_TEST_CASE(a_regular_interval_takes_a_few_bytes) {
    std::vector<int64_t> times;
    for (int i = 0; i < 120; ++i) {
        times.push_back(slot.start_ms + 3'000 + i * 10'000);
    }
    BOOST_TEST(round_trip(times) == 1u + 2u + 3u + 2u);  // count, 3000, one step of 10000, 118 more
}

BOOST_AUTO_TEST_CASE(any_rising_times_come_back) {
    std::mt19937_64 engine(1);
    round_trip({});
    round_trip({slot.start_ms});
    round_trip({slot.start_ms, slot.end_ms - 1});
    for (int round = 0; round < 500; ++round) {
        std::vector<int64_t> times;
        for (auto at = slot.start_ms + static_cast<int64_t>(engine() % 1000); at < slot.end_ms;
             at += engine() % 3 ? 10'000 : 1 + static_cast<int64_t>(engine() % 20'000)) {
            times.push_back(at);
        }
        round_trip(times);
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_rise_or_lies_elsewhere_is_damaged) {
    BOOST_TEST(is_refused(""));
    BOOST_TEST(is_refused(encoded({slot.start_ms + 5, slot.start_ms + 5})));
    BOOST_TEST(is_refused(encoded({slot.start_ms + 5, slot.start_ms + 4})));
    BOOST_TEST(is_refused(encoded({slot.end_ms})));
    BOOST_TEST(is_refused(encoded({slot.start_ms, slot.end_ms})));
    BOOST_TEST(is_refused("\xff\xff\xff\xff\x7f"));  // 34 billion times
    BOOST_TEST(
        is_refused(std::string("\x03\x01\x02\x00\x09", 5)));  // the same step once, and nine more behind the last
}

BOOST_AUTO_TEST_SUITE_END()

// Keys sort as their parts do, and read back.
#include "controller/store/keys.hpp"

#include <random>

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

BOOST_AUTO_TEST_SUITE(store_keys)

BOOST_AUTO_TEST_CASE(numbers_sort_by_value) {
    BOOST_TEST((keys::number(1) < keys::number(2)));
    BOOST_TEST((keys::number(255) < keys::number(256)));
    BOOST_TEST((keys::number(1) < keys::number(uint64_t{1} << 63)));
    BOOST_TEST((keys::timed(wall_from_unix_ms(-1), 9) < keys::timed(wall_from_unix_ms(0), 0)));
    BOOST_TEST((keys::timed(wall_from_unix_ms(5), 1) < keys::timed(wall_from_unix_ms(5), 2)));
    BOOST_TEST(keys::number(0x0102).substr(6) == std::string("\x01\x02"));
}

BOOST_AUTO_TEST_CASE(texts_sort_as_they_do_alone) {
    std::mt19937 engine(7);
    const auto random_text = [&engine] {
        std::string text;
        for (auto size = engine() % 5; size > 0; --size) {
            text.push_back(
                "\x00\x01\x02\xfe\xff"
                "a"[engine() % 6]);
        }
        return text;
    };
    for (int i = 0; i < 5000; ++i) {
        const auto one = random_text();
        const auto other = random_text();
        const auto tail = engine();
        const bool is_less = keys::KeyWriter().text(one).u64(tail).take() < keys::KeyWriter().text(other).u64(0).take();
        if (one != other) {
            BOOST_REQUIRE_EQUAL(one < other, is_less);
        }
        const auto key = keys::KeyWriter().text(one).text(other).take();
        keys::KeyReader reader(key);
        BOOST_REQUIRE(reader.text() == one);
        BOOST_REQUIRE(reader.text() == other);
        BOOST_REQUIRE(reader.is_ok());
        BOOST_REQUIRE(reader.is_done());
    }
}

BOOST_AUTO_TEST_CASE(one_agents_prefix_does_not_take_in_another) {
    const auto key = keys::cursor(AgentId{"web-10"}, 0, 1);
    BOOST_TEST(!key.starts_with(keys::cursor_prefix(AgentId{"web-1"})));
    BOOST_TEST(key.starts_with(keys::cursor_prefix(AgentId{"web-10"})));
}

BOOST_AUTO_TEST_CASE(every_family_reads_back) {
    const auto cursor = keys::read_cursor(keys::cursor(AgentId{"a"}, 2, 77));
    BOOST_REQUIRE(cursor);
    BOOST_TEST(cursor->agent.value == "a");
    BOOST_TEST(int{cursor->stream} == 2);
    BOOST_TEST(cursor->incarnation == 77u);
    const auto head = keys::read_head(keys::head(9, AgentId{"b"}, 3, 4));
    BOOST_REQUIRE(head);
    BOOST_TEST(head->bucket == 9u);
    BOOST_TEST(head->agent.value == "b");
    BOOST_TEST(head->incarnation == 3u);
    BOOST_TEST(head->seq == 4u);
    const auto posting = keys::read_posting(keys::posting("env", "prod", 5));
    BOOST_REQUIRE(posting);
    BOOST_TEST(posting->label == "env");
    BOOST_TEST(posting->value == "prod");
    BOOST_TEST(posting->id == 5u);
    const auto timed = keys::read_timed(keys::timed(wall_from_unix_ms(-3), 8));
    BOOST_REQUIRE(timed);
    BOOST_TEST(unix_ms(timed->at) == -3);
    BOOST_TEST(timed->number == 8u);
}

BOOST_AUTO_TEST_CASE(cut_or_lengthened_keys_are_corrupt) {
    const auto key = keys::head(9, AgentId{"b"}, 3, 4);
    for (size_t size = 0; size < key.size(); ++size) {
        BOOST_TEST(!keys::read_head(key.substr(0, size)).has_value());
    }
    BOOST_TEST((keys::read_head(key + "x").error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_prefix) {
    BOOST_TEST(keys::after_prefix("ab") == "ac");
    BOOST_TEST(keys::after_prefix("a\xff\xff") == "b");
    BOOST_TEST(keys::after_prefix("\xff") == "");
    BOOST_TEST(keys::after_prefix("") == "");
}

BOOST_AUTO_TEST_CASE(buckets_are_twenty_minutes) {
    BOOST_TEST(keys::head_bucket(wall_from_unix_ms(0)) == 0u);
    BOOST_TEST(keys::head_bucket(wall_from_unix_ms(1'199'999)) == 0u);
    BOOST_TEST(keys::head_bucket(wall_from_unix_ms(1'200'000)) == 1u);
    BOOST_TEST(keys::head_bucket(wall_from_unix_ms(-5)) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

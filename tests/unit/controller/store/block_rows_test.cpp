// Rows of blocks, and finding them.
#include "controller/store/block_rows.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr uint32_t slot = 1'500'000;
const auto span_of_slot = span_of(Tier::raw, slot);

struct Blocks {
    MemoryStore store;

    void add_times(uint32_t in_slot, const std::string& host, uint32_t piece) {
        StoreBatch batch;
        const auto span = span_of(Tier::raw, in_slot);
        batch.put(Family::chunks, keys::block_times(0, in_slot, AgentId{host}),
                  block_times_row({.piece = piece, .seals = 1, .times_ms = {span.start_ms}}, span));
        BOOST_REQUIRE(store.commit(batch));
    }
    void add_pack(uint32_t piece, uint64_t place, const std::vector<uint64_t>& series) {
        blocks::PackWriter pack;
        for (const auto id : series) {
            pack.add(id, fmt::format("{}/{}", piece, id));
        }
        StoreBatch batch;
        batch.put(Family::chunks, keys::block_pack(0, slot, piece, place, series.front()), pack.take());
        BOOST_REQUIRE(store.commit(batch));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(block_rows, Blocks)

BOOST_AUTO_TEST_CASE(slots_of_each_tier_begin_where_days_do) {
    BOOST_TEST(slot_of(Tier::raw, wall_from_unix_ms(0)) == 0u);
    BOOST_TEST(slot_of(Tier::raw, wall_from_unix_ms(1'200'000)) == 1u);
    BOOST_TEST(slot_of(Tier::five_minutes, wall_from_unix_ms(14'399'999)) == 0u);
    BOOST_TEST(slot_of(Tier::hour, wall_from_unix_ms(8 * 86'400'000)) == 1u);
    BOOST_TEST(span_of_slot.end_ms - span_of_slot.start_ms == 1'200'000);
    BOOST_TEST(slot_of(Tier::raw, wall_from_unix_ms(span_of_slot.start_ms)) == slot);
}

BOOST_AUTO_TEST_CASE(a_place_is_that_of_the_labels_without_the_host) {
    const auto of = [](const std::string& text, const std::string& host) {
        auto labels = parse_series(text).value();
        labels["instance"] = host;
        return place_of(labels);
    };
    BOOST_TEST(of("load{cpu=\"0\"}", "web-1") == of("load{cpu=\"0\"}", "web-2"));
    BOOST_TEST(of("load{cpu=\"0\"}", "web-1") == of("load{cpu=\"0\",empty=\"\"}", "web-1"));
    BOOST_TEST(of("load{cpu=\"0\"}", "web-1") != of("load{cpu=\"1\"}", "web-1"));
    BOOST_TEST(of("load{cpu=\"0\"}", "web-1") >> 32 == of("load{cpu=\"1\"}", "web-1") >> 32);
    // It stands on disk. FNV-1a of "load" and ff, 64 bits folded to 32; of no other labels: its start.
    BOOST_TEST((of("load", "web-1") & UINT32_MAX) == (0xcbf29ce4u ^ 0x84222325u));
}

BOOST_AUTO_TEST_CASE(a_row_of_times_comes_back_and_a_damaged_one_is_told) {
    const HostBlock block{.piece = 300, .seals = 2, .times_ms = {span_of_slot.start_ms + 5, span_of_slot.end_ms - 1}};
    const auto row = block_times_row(block, span_of_slot);
    const auto back = read_block_times_row(row, span_of_slot);
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST((back->piece == 300u && back->seals == 2 && back->times_ms == block.times_ms));
    for (const auto& damaged : {std::string(), row + "x", row.substr(0, row.size() - 1), "\x02" + row.substr(1)}) {
        BOOST_TEST((read_block_times_row(damaged, span_of_slot).error().code == ErrorCode::corrupt));
    }
}

BOOST_AUTO_TEST_CASE(hosts_are_found_in_any_order) {
    add_times(slot, "a", 1);
    add_times(slot, "b", 2);
    add_times(slot, "d", 3);
    add_times(slot + 5, "a", 4);
    const auto snapshot = store.snapshot();
    BlockReader reader(*snapshot);
    for (const auto& [host, piece] : {std::pair("a", 1u), {"b", 2u}, {"d", 3u}, {"a", 1u}, {"d", 3u}, {"b", 2u}}) {
        BOOST_TEST(reader.block(Tier::raw, slot, AgentId{host}).value()->piece == piece);
    }
    for (const auto* host : {"c", "e", "", "aa"}) {
        BOOST_TEST(!reader.block(Tier::raw, slot, AgentId{host}).value().has_value());
    }
    BOOST_TEST((reader.hosts(Tier::raw, slot).value() == std::vector<AgentId>{{"a"}, {"b"}, {"d"}}));
    BOOST_TEST(reader.slot_from(Tier::raw, slot + 1).value().value() == slot + 5);
    BOOST_TEST(reader.last_slot(Tier::raw).value().value() == slot + 5);
    BOOST_TEST(!reader.slot_from(Tier::raw, slot + 6).value().has_value());
    BOOST_TEST(!reader.slot_from(Tier::five_minutes, 0).value().has_value());
    BOOST_TEST(!reader.last_slot(Tier::five_minutes).value().has_value());
}

BOOST_AUTO_TEST_CASE(chunks_are_found_in_the_pack_that_may_hold_them) {
    add_pack(1, 10, {100, 200, 300});
    add_pack(1, 20, {50, 60});
    add_pack(2, 10, {150});
    const auto snapshot = store.snapshot();
    BlockReader reader(*snapshot);
    const auto chunk = [&reader](uint32_t piece, uint64_t place, uint64_t id) {
        const auto found = reader.chunk(Tier::raw, slot, piece, place, id).value();
        return found ? std::string(*found) : std::string("none");
    };
    BOOST_TEST(chunk(1, 10, 100) == "1/100");
    BOOST_TEST(chunk(1, 10, 300) == "1/300");
    BOOST_TEST(chunk(1, 20, 60) == "1/60");
    BOOST_TEST(chunk(1, 10, 200) == "1/200");  // backwards
    BOOST_TEST(chunk(2, 10, 150) == "2/150");
    BOOST_TEST(chunk(1, 10, 150) == "none");
    BOOST_TEST(chunk(1, 5, 100) == "none");  // before the first pack
    BOOST_TEST(chunk(2, 9, 150) == "none");
    BOOST_TEST(chunk(3, 10, 100) == "none");
    BOOST_TEST(next_piece(store, Tier::raw, slot).value() == 3u);
    BOOST_TEST(next_piece(store, Tier::raw, slot + 1).value() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

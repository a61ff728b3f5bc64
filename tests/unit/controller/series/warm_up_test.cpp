#include "controller/series/warm_up.hpp"

#include "controller/store/block_rows.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr size_t pack_bytes = 1'000;

struct Filled : tests::Stored {
    std::atomic<bool> is_cancelled = false;

    Filled() {
        add_series(1, "web-1", "load");
        for (const uint32_t slot : {100u, 101u, 103u}) {
            put_pack(Tier::raw, slot);
        }
        put_pack(Tier::five_minutes, 7);
    }
    void put_pack(Tier tier, uint32_t slot) { put_pack(store, tier, slot); }
    static void put_pack(MemoryStore& store, Tier tier, uint32_t slot) {
        StoreBatch batch;
        batch.put(Family::chunks, keys::block_pack(static_cast<uint8_t>(tier), slot, 0, 1, 1),
                  std::string(pack_bytes, 'x'));
        BOOST_REQUIRE(store.commit(batch));
    }
    size_t packs_read(Bytes samples_max) const {
        return warm_up(store, is_cancelled, {.index_max = 1_KiB, .samples_max = samples_max}).sample_bytes / pack_bytes;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(series_warm_up, Filled)

BOOST_AUTO_TEST_CASE(the_index_and_raw_samples_are_read_and_no_more_than_is_to_be) {
    BOOST_TEST(packs_read(1_MiB) == 3u);
    BOOST_TEST(packs_read(1_KiB) == 1u);
    BOOST_TEST(packs_read(0_KiB) == 0u);
    const auto all = warm_up(store, is_cancelled);
    BOOST_TEST(all.index_bytes > 0u);
    BOOST_TEST(warm_up(store, is_cancelled, {.index_max = 1_KiB}).index_bytes == all.index_bytes);
}

BOOST_AUTO_TEST_CASE(nothing_more_is_read_when_it_is_cancelled) {
    is_cancelled = true;
    const auto none = warm_up(store, is_cancelled);
    BOOST_TEST(none.index_bytes == 0u);
    BOOST_TEST(none.sample_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(a_rehearsal_asks_for_a_series_that_is_stored) {
    const tests::ManualClock clock;
    tests::Stored stored;
    BOOST_TEST(rehearse(stored.store, clock, is_cancelled) == 0u);
    stored.add_series(1, "web-1", "load");
    put_pack(stored.store, Tier::raw, 103);  // of whoever; the newest rows come on top
    const auto newest = span_of(Tier::raw, 103);
    for (int i = 60; i > 0; --i) {
        stored.add_row("web-1", wall_from_unix_ms(newest.end_ms - 10'000 * i), {1}, {static_cast<double>(60 - i)});
    }
    BOOST_TEST(rehearse(stored.store, clock, is_cancelled) > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

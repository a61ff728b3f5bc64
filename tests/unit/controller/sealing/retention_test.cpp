// A day of blocks at a time goes.
#include "controller/sealing/retention.hpp"

#include "controller/sealing/tier_progress.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
constexpr WallTime midnight = wall_from_unix_ms(20'000 * int64_t{86'400'000});
}

BOOST_AUTO_TEST_SUITE(block_retention)

BOOST_AUTO_TEST_CASE(whole_days_go_once_they_are_too_old) {
    tests::Stored stored;
    BlockRetirement retirement(stored.store, {.raw = 48h, .five_minutes = 96h, .hour = 96h});
    const auto add = [&stored](WallTime at) {
        StoreBatch batch;
        batch.put(Family::chunks, keys::block_times(0, slot_of(Tier::raw, at), AgentId{"web-1"}), "x");
        batch.put(Family::chunks, keys::block_pack(0, slot_of(Tier::raw, at), 0, 1, 1), "x");
        BOOST_REQUIRE(stored.store.commit(batch));
    };
    StoreBatch made;
    put_made_before(Tier::five_minutes, UINT32_MAX, made);
    BOOST_REQUIRE(stored.store.commit(made));
    add(midnight);
    add(midnight + 23h + 59min);
    add(midnight + 24h);
    const auto retire = [&](WallTime now) {
        StoreBatch batch;
        BOOST_REQUIRE(retirement.retire(now, batch));
        const auto changes = batch.changes().size();
        BOOST_REQUIRE(stored.store.commit(batch));
        return changes;
    };
    BOOST_TEST(retire(midnight + 72h - 1ms) == 2u);  // raw ones and hours before the first day, where nothing is
    BOOST_TEST(stored.rows(Family::chunks) == 6u);
    BOOST_TEST(retire(midnight + 72h) == 1u);
    BOOST_TEST(stored.rows(Family::chunks) == 2u);
    BOOST_TEST(retire(midnight + 95h) == 0u);
    retirement.on_commit_failed();
    BOOST_TEST(retire(midnight + 95h) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

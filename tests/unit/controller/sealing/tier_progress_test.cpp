// What stands in the store of how far tiers are made.
#include "controller/sealing/tier_progress.hpp"

#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

BOOST_FIXTURE_TEST_SUITE(tier_progress, tests::Stored)

BOOST_AUTO_TEST_CASE(each_tier_has_its_own) {
    BOOST_TEST(!made_before(store, Tier::hour).value().has_value());
    StoreBatch batch;
    put_made_before(Tier::five_minutes, 7, batch);
    put_made_before(Tier::hour, 9, batch);
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST(made_before(store, Tier::five_minutes).value().value() == 7u);
    BOOST_TEST(made_before(store, Tier::hour).value().value() == 9u);
    put_being_made(Tier::five_minutes, 8, batch);
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST(is_begun(store, Tier::five_minutes, 6).value());
    BOOST_TEST(!is_begun(store, Tier::five_minutes, 7).value());  // an earlier one that came up after it
    BOOST_TEST(is_begun(store, Tier::five_minutes, 8).value());
    BOOST_TEST(!is_begun(store, Tier::hour, 9).value());
    StoreBatch damage;
    damage.put(Family::meta, "tier_2_made_before", "x");
    BOOST_REQUIRE(store.commit(damage));
    BOOST_TEST((made_before(store, Tier::hour).error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_CASE(notes_stand_behind_all_blocks_by_slot_and_host) {
    const auto note = remake_key(Tier::five_minutes, 3, AgentId{"web-1"});
    BOOST_TEST(note > keys::block_slot_start(static_cast<uint8_t>(Tier::hour), UINT32_MAX));
    BOOST_TEST(note.starts_with(remake_start(Tier::five_minutes)));
    BOOST_TEST(!note.starts_with(remake_start(Tier::hour)));
    const auto key = keys::read_block(note).value();
    BOOST_TEST((key.slot == 3u && key.agent.value == "web-1"));
}

BOOST_AUTO_TEST_SUITE_END()

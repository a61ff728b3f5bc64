#include "controller/ingest/stored_ids.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"

using namespace vigie;
using namespace vigie::controller;

BOOST_AUTO_TEST_SUITE(stored_ids)

BOOST_AUTO_TEST_CASE(they_are_the_owners_alone_and_damage_is_told) {
    MemoryStore store;
    const AgentId web{"web-1"};
    StoreBatch batch;
    batch.put(Family::sidx, keys::own_series(web, "load"), keys::number(7));
    batch.put(Family::sidx, keys::own_series(AgentId{"web-10"}, "load"), keys::number(8));
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST((stored_series_ids(store, web).value() == SeriesIds{{"load", 7}}));
    BOOST_TEST(stored_series_ids(store, AgentId{"db-1"}).value().empty());
    StoreBatch damage;
    damage.put(Family::sidx, keys::own_series(web, "temp"), "x");
    BOOST_REQUIRE(store.commit(damage));
    BOOST_TEST(!stored_series_ids(store, web).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

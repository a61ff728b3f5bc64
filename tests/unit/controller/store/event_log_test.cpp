// Events keep their order and survive a restart.
#include "controller/store/event_log.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

Event event(int64_t at_ms, std::string agent, std::string message) {
    return Event{.recorded_at = wall_from_unix_ms(at_ms),
                 .happened_at = wall_from_unix_ms(at_ms - 5),
                 .severity = Severity::warning,
                 .agent = AgentId{std::move(agent)},
                 .kind = "gap",
                 .message = std::move(message)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_log)

BOOST_AUTO_TEST_CASE(newest_first_also_after_a_restart_in_the_same_millisecond) {
    MemoryStore store;
    for (const auto* message : {"one", "two", "three"}) {
        auto log = EventLog::open(store);
        BOOST_REQUIRE(log);
        StoreBatch batch;
        log->append(event(1000, "web", message), batch);
        log->append(event(1000, "db", message), batch);
        BOOST_REQUIRE(store.commit(batch));
    }
    const AgentId web{"web"};
    const auto found = newest_events(store, wall_from_unix_ms(0), wall_from_unix_ms(2000), 2, &web);
    BOOST_REQUIRE(found);
    BOOST_REQUIRE(found->size() == 2u);
    BOOST_TEST((found->front() == event(1000, "web", "three")));
    BOOST_TEST((found->back() == event(1000, "web", "two")));
    BOOST_TEST(newest_events(store, wall_from_unix_ms(1001), wall_from_unix_ms(2000), 9)->empty());
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_corrupt) {
    const auto key = keys::timed(wall_from_unix_ms(1), 1);
    const auto row = event_row(event(1, "a", "b"));
    for (size_t size = 0; size < row.size(); ++size) {
        BOOST_TEST(!read_event(key, row.substr(0, size)).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()

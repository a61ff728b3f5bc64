#include "controller/ingest/cursor_rows.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"

namespace vigie::controller {
namespace {

using protocol::Stream;

struct Stored {
    MemoryStore store;
    AgentId web{"web-1"};

    void put(const AgentId& agent, Stream stream, uint64_t incarnation, std::string row) {
        StoreBatch batch;
        batch.put(Family::cursor, keys::cursor(agent, static_cast<uint8_t>(stream), incarnation), std::move(row));
        BOOST_REQUIRE(store.commit(batch).has_value());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cursor_rows, Stored)

BOOST_AUTO_TEST_CASE(one_agents_are_read_back) {
    put(web, Stream::metrics, 7, cursor_row(41, wall_from_unix_ms(1'000), 5));
    put(web, Stream::results, 8, cursor_row(0, wall_from_unix_ms(2'000), 0));
    put(AgentId{"web-10"}, Stream::metrics, 9, cursor_row(1, wall_from_unix_ms(3'000), 0));
    const auto rows = read_cursor_rows(store, web).value();
    BOOST_REQUIRE(rows.size() == 2u);  // results are stream 0
    BOOST_TEST((rows[0].cursor == protocol::StreamCursor{.stream = Stream::results, .incarnation = 8}));
    BOOST_TEST(
        (rows[1].cursor ==
         protocol::StreamCursor{.stream = Stream::metrics, .incarnation = 7, .last_applied = 41, .generation = 5}));
    BOOST_TEST(unix_ms(rows[1].moved_at) == 1'000);
    BOOST_TEST((durable_cursors(store, web).value()[1] == rows[1].cursor));
}

BOOST_AUTO_TEST_CASE(rows_of_an_older_version_have_no_generation) {
    put(web, Stream::metrics, 7, keys::KeyWriter().u64(41).i64(1'000).take());
    BOOST_TEST(durable_cursors(store, web).value().at(0).last_applied == 41u);
    BOOST_TEST(durable_cursors(store, web).value().at(0).generation == 0u);
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_an_error_that_names_the_agent) {
    put(web, Stream::metrics, 7, "short");
    const auto rows = read_cursor_rows(store, web);
    BOOST_REQUIRE(!rows.has_value());
    BOOST_TEST((rows.error().code == ErrorCode::corrupt));
    BOOST_TEST(rows.error().message.find("web-1") != std::string::npos);
    BOOST_TEST(!durable_cursors(store, web).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller

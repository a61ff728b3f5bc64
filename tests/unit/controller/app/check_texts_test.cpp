#include "controller/app/check_texts.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"

namespace vigie::controller {
namespace {

const AgentId web{"web-1"};

struct TextsFixture {
    MemoryStore store;

    // As ingest writes what a host tells.
    void tell(const AgentId& agent, const std::string& source, const std::string& message, int64_t at = 5) {
        StoreBatch batch;
        BOOST_REQUIRE(note_check_text(store,
                                      {.recorded_at = wall_from_unix_ms(9),
                                       .happened_at = wall_from_unix_ms(at),
                                       .severity = Severity::error,
                                       .agent = agent,
                                       .kind = "host",
                                       .message = fmt::format("{}: {}: {}", agent.value, source, message)},
                                      batch));
        BOOST_REQUIRE(store.commit(batch));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(check_texts_rows, TextsFixture)

BOOST_AUTO_TEST_CASE(the_last_of_each_check_and_host_is_kept) {
    tell(web, "check:db", "first");
    tell(web, "check:db", "second: later", 7);
    tell(web, "check:http", "fine");
    tell(AgentId{"web-10"}, "check:db", "another host's");
    tell(web, "outbox", "no check");
    const auto texts = check_texts(store, web).value();
    BOOST_REQUIRE(texts.size() == 2u);
    BOOST_TEST(texts.at("db").text == "second: later");
    BOOST_TEST((texts.at("db").at == wall_from_unix_ms(7)));
    BOOST_TEST(texts.at("http").text == "fine");
}

BOOST_AUTO_TEST_CASE(names_that_no_agent_gives_are_passed_over) {
    tell(web, "check:", "x");
    tell(web, "check:a b", "x");
    tell(web, "check:" + std::string(65, 'a'), "x");
    BOOST_TEST(check_texts(store, web)->empty());
}

BOOST_AUTO_TEST_CASE(a_host_can_not_fill_the_store) {
    for (size_t i = 0; i < check_texts_max + 5; ++i) {
        tell(web, fmt::format("check:c{}", i), std::string(4000, 'x'));
    }
    tell(web, "check:c0", "changed still");
    const auto texts = check_texts(store, web).value();
    BOOST_TEST(texts.size() == check_texts_max);
    BOOST_TEST(texts.at("c0").text == "changed still");
    BOOST_TEST(texts.at("c1").text.size() == 2048u);
}

BOOST_AUTO_TEST_CASE(a_host_that_left_is_forgotten) {
    tell(web, "check:db", "x");
    tell(AgentId{"web-2"}, "check:db", "y");
    StoreBatch batch;
    forget_check_texts(web, batch);
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST(check_texts(store, web)->empty());
    BOOST_TEST(check_texts(store, AgentId{"web-2"})->size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller

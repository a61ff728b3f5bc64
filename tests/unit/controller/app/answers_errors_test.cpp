// From a host's entry to what people are told.
#include <boost/test/unit_test.hpp>

#include "controller/store/event_log.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

struct ErrorWorld : World {
    uint64_t seq = 0;

    ErrorWorld() {
        add_error_answers(desk, *sources);
        connect(AgentId{"web-1"});
    }
    void tell(const std::string& fingerprint, uint64_t count = 1, const std::string& message = "no such user") {
        protocol::HostEvent event{.at_unix_ms = unix_ms(clock.wall()),
                                  .severity = protocol::EventSeverity::error,
                                  .source = "errors",
                                  .message = "/var/log/app.log: " + message};
        event.errors.resize(1);
        auto& errors = event.errors.front();
        errors.fingerprint = fingerprint;
        errors.file = "/var/log/app.log";
        errors.message = message;
        errors.count = count;
        errors.first_seen_unix_ms = errors.last_seen_unix_ms = unix_ms(clock.wall());
        errors.code_file = "x.py";
        errors.code_line = 12;
        errors.function = "load";
        errors.stack = "Traceback\n  at x";
        BOOST_REQUIRE(path->offer(AgentId{"web-1"}, protocol::Stream::logs, 1, ++seq,
                                  protocol::encode_entry(protocol::Entry{event})));
        settle();
        clock.advance(1min);
    }
    std::vector<std::string> kinds_of_events() {
        std::vector<std::string> kinds;
        const auto events = newest_events(memory, WallTime{}, clock.wall() + 1h, 100);
        for (const auto& event : *events) {
            if (event.kind.starts_with("error_")) {
                kinds.push_back(event.kind);
            }
        }
        return kinds;
    }
};

constexpr const char* one = "5c51fa0f8d4e2b7a";
constexpr const char* other = "77aa000000000000";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_errors, ErrorWorld)

BOOST_AUTO_TEST_CASE(kinds_are_listed_newest_first) {
    tell(one, 300);
    tell(other);
    tell(one, 12);
    const auto rows = ask("errors.list").value();
    BOOST_REQUIRE(rows.size() == 2u);
    BOOST_TEST(rows[0]["id"] == one);
    BOOST_TEST(rows[0]["count"] == 312);
    BOOST_TEST(rows[0]["state"] == "new");
    BOOST_TEST(rows[0]["place"] == "load, x.py:12");
    BOOST_TEST(rows[1]["id"] == other);
    BOOST_TEST(ask("errors.list", {{"limit", 1}})->size() == 1u);
    BOOST_TEST(ask("errors.list", {{"host", "web-1"}})->size() == 2u);
    BOOST_TEST(ask("errors.list", {{"host", "web-2"}})->empty());
    BOOST_TEST((kinds_of_events() == std::vector<std::string>{"error_new", "error_new"}));
}

BOOST_AUTO_TEST_CASE(one_is_shown_with_its_stack_and_hosts) {
    tell(one, 300);
    const auto shown = ask("errors.show", {{"id", "5c51"}}).value();
    BOOST_TEST(shown["stack"] == "Traceback\n  at x");
    BOOST_REQUIRE(shown["host_list"].size() == 1u);
    BOOST_TEST(shown["host_list"][0]["host"] == "web-1");
    BOOST_TEST(shown["host_list"][0]["count"] == 300);
    BOOST_TEST((ask("errors.show", {{"id", "ff"}}).error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(what_was_resolved_is_new_when_it_comes_again) {
    tell(one);
    BOOST_TEST(ask("errors.resolve", {{"id", one}}).value()["state"] == "resolved");
    BOOST_TEST(ask("errors.list")->empty());
    BOOST_TEST(ask("errors.list", {{"state", "resolved"}})->size() == 1u);
    clock.advance(1min);
    tell(one);
    BOOST_TEST(ask("errors.list").value()[0]["reopened"] == 1);
    BOOST_TEST((kinds_of_events() == std::vector<std::string>{"error_reopened", "error_new"}));
}

BOOST_AUTO_TEST_CASE(what_is_ignored_is_counted_only) {
    tell(one);
    BOOST_TEST(ask("errors.ignore", {{"id", one}}).value()["state"] == "ignored");
    tell(one);
    BOOST_TEST(ask("errors.list")->empty());
    BOOST_TEST(ask("errors.list", {{"state", "all"}}).value()[0]["count"] == 2);
    BOOST_TEST(kinds_of_events().size() == 1u);
    BOOST_TEST((ask("errors.ignore", {{"id", one}}).error().code == ErrorCode::conflict));
}

BOOST_AUTO_TEST_CASE(wrong_words_are_told) {
    BOOST_TEST((ask("errors.list", {{"state", "open"}}).error().code == ErrorCode::malformed));
    BOOST_TEST((ask("errors.list", {{"limit", 0}}).error().code == ErrorCode::malformed));
    BOOST_TEST(!ask("errors.resolve"));
}

BOOST_AUTO_TEST_CASE(a_fingerprint_that_is_none_costs_the_entry_and_not_the_stream) {
    tell("no fingerprint");
    tell(one);
    BOOST_TEST(ask("errors.list")->size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller

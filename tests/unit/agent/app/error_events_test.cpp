// What a log holds becomes an event of the host, and waits until the outbox has room.
#include "agent/app/error_events.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/codec/codec.hpp"
#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
namespace {

errors::ErrorReport report_of(std::string message, uint64_t count = 1) {
    errors::ErrorReport report;
    report.fingerprint = "5c51fa0f8d4e2b7a";
    report.file = "/var/log/app.log";
    report.count = count;
    report.first_seen = wall_from_unix_ms(1'800'000'000'000);
    report.last_seen = wall_from_unix_ms(1'800'000'001'000);
    report.sample.level = errors::Level::error;
    report.sample.message = std::move(message);
    return report;
}

struct EventsFixture : tests::StateFixture {
    int appended = 0;
    std::optional<ErrorEvents> events;

    EventsFixture() {
        open();
        events.emplace([this]() -> Outbox& { return outbox(); }, [this] { ++appended; });
    }
    std::vector<protocol::HostEvent> kept() {
        std::vector<protocol::HostEvent> found;
        const auto rows = outbox().read_from(protocol::Stream::logs, 1, UINT64_MAX);
        for (const auto& row : *rows) {
            found.push_back(std::get<protocol::HostEvent>(protocol::decode_entry(row.bytes).value()));
        }
        return found;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(error_events, EventsFixture)

BOOST_AUTO_TEST_CASE(people_and_programs_are_told) {
    auto report = report_of("no such user", 300);
    report.sample.exception = "ValueError";
    report.sample.stack = "a\n\tb\x1b";
    report.sample.place = {.file = "x.py", .line = 12, .function = "load"};
    events->tell(report);
    BOOST_TEST(appended == 1);
    const auto found = kept();
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found[0].source == "errors");
    BOOST_TEST(found[0].message == "/var/log/app.log: ValueError: no such user (300 times)");
    BOOST_TEST(found[0].at_unix_ms == 1'800'000'001'000);
    BOOST_REQUIRE(found[0].errors.size() == 1u);
    const auto& errors = found[0].errors[0];
    BOOST_TEST(errors.fingerprint == "5c51fa0f8d4e2b7a");
    BOOST_TEST(errors.count == 300u);
    BOOST_TEST(errors.stack == "a\n b\\x1b");
    BOOST_TEST(errors.code_line == 12u);
}

BOOST_AUTO_TEST_CASE(a_sentence_says_its_type_once) {
    auto report = report_of("ValueError: no");
    report.sample.exception = "ValueError";
    BOOST_TEST(event_of(report).message == "/var/log/app.log: ValueError: no");
    report.sample.level = errors::Level::warning;
    BOOST_TEST((event_of(report).severity == protocol::EventSeverity::warning));
}

BOOST_AUTO_TEST_CASE(while_the_controller_is_away_a_bounded_number_waits) {
    for (uint64_t i = 0; i < ErrorEvents::unacked_max + ErrorEvents::events_max + 10; ++i) {
        events->tell(report_of("m", i + 1));
    }
    BOOST_TEST(outbox().unacked_rows(protocol::Stream::logs) == ErrorEvents::unacked_max);
    ack(protocol::Stream::logs, ErrorEvents::unacked_max);
    events->flush();
    const auto last = kept().back();
    BOOST_TEST(last.errors.at(0).count == ErrorEvents::unacked_max + ErrorEvents::events_max + 10);
    BOOST_TEST(outbox().unacked_rows(protocol::Stream::logs) == ErrorEvents::events_max);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

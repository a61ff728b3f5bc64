// A change of a check is in the results stream, or waits until it can be.
#include "agent/app/check_events.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/codec/codec.hpp"
#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
namespace {

struct EventsFixture : tests::StateFixture {
    int appended = 0;
    std::optional<CheckEvents> events;

    void begin() {
        open();
        events.emplace([this]() -> Outbox& { return outbox(); }, [this] { ++appended; });
    }
    void tell(CheckStatus status, const std::string& message = "CRITICAL hard 3/3: refused") {
        events->tell({.at = clock.wall(), .check = "db", .status = status, .message = message});
    }
    std::vector<protocol::HostEvent> kept() {
        std::vector<protocol::HostEvent> found;
        const auto rows = outbox().read_from(protocol::Stream::results, 1, UINT64_MAX).value();
        for (const auto& row : rows) {
            found.push_back(std::get<protocol::HostEvent>(protocol::decode_entry(row.bytes).value()));
        }
        return found;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(check_events, EventsFixture)

BOOST_AUTO_TEST_CASE(are_kept_with_their_check_and_severity) {
    begin();
    tell(CheckStatus::critical);
    tell(CheckStatus::ok, "OK hard 1/3: fine");
    tell(CheckStatus::unknown);
    BOOST_TEST(appended == 3);
    reopen();  // they are on disk
    const auto found = kept();
    BOOST_REQUIRE(found.size() == 3u);
    BOOST_TEST(found[0].source == "check:db");
    BOOST_TEST(found[0].message == "CRITICAL hard 3/3: refused");
    BOOST_TEST(found[0].at_unix_ms == unix_ms(clock.wall()));
    BOOST_TEST((found[0].severity == protocol::EventSeverity::error));
    BOOST_TEST((found[1].severity == protocol::EventSeverity::info));
    BOOST_TEST((found[2].severity == protocol::EventSeverity::warning));
}

BOOST_AUTO_TEST_CASE(wait_in_order_until_the_outbox_has_room) {
    options.file_max = 4_MiB;
    begin();
    // Results never make way, so they fill it.
    const std::string large(500'000, 'x');
    while (outbox().append(protocol::Stream::results, large)) {
    }
    for (int i = 0; i < 3000; ++i) {
        tell(CheckStatus::critical, fmt::format("{} {}", i, std::string(1000, 'y')));
    }
    const auto before = appended;
    events->flush();
    BOOST_TEST(appended == before);  // full still
    const auto state_before = outbox().state(protocol::Stream::results);
    BOOST_REQUIRE(outbox().acked(protocol::Stream::results, state_before.incarnation, state_before.next_seq - 1));
    events->flush();
    BOOST_TEST(appended == before + 1);
    std::string last;
    const auto rows = outbox().read_from(protocol::Stream::results, state_before.next_seq, UINT64_MAX).value();
    BOOST_REQUIRE(rows.size() == 1024u);  // the newest; older ones were let go
    for (size_t i = 0; i < rows.size(); ++i) {
        const auto entry = protocol::decode_entry(rows[i].bytes).value();
        BOOST_TEST(
            std::get<protocol::HostEvent>(entry).message.starts_with(fmt::format("{} ", 3000 - rows.size() + i)));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

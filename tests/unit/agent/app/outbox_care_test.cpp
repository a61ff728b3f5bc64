// No loss is silent: each becomes an event of the host in the logs stream.
#include "agent/app/outbox_care.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/codec/codec.hpp"
#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
using protocol::Stream;

namespace {

struct CaredFor : tests::StateFixture {
    int replaced = 0;
    int appended = 0;
    std::vector<std::string> fatal;
    std::unique_ptr<OutboxCare> care;

    void begin() {
        open();
        care = std::make_unique<OutboxCare>(
            *state, clock,
            OutboxCareCallbacks{.replaced = [this] { ++replaced; },
                                .appended = [this](Stream) { ++appended; },
                                .cannot_go_on = [this](const Error& error) { fatal.push_back(error.message); }});
    }
    void read() {
        clock.advance(10s);
        care->check();
        care->note_reading(outbox().append(Stream::metrics, "m", Durability::relaxed));
    }
    std::vector<std::string> events() {
        std::vector<std::string> messages;
        const auto rows = outbox().read_from(Stream::logs, 1, UINT64_MAX).value();
        for (const auto& row : rows) {
            const auto entry = protocol::decode_entry(row.bytes).value();
            const auto& event = std::get<protocol::HostEvent>(entry);
            BOOST_TEST(event.source == "outbox");
            messages.push_back(event.message);
        }
        return messages;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_care, CaredFor)

BOOST_AUTO_TEST_CASE(a_healthy_outbox_says_nothing) {
    begin();
    read();
    read();
    BOOST_TEST(events().empty());
    BOOST_TEST(replaced + appended == 0);
}

// A disk that takes nothing for three readings, and then again.
BOOST_AUTO_TEST_CASE(readings_that_a_full_disk_cost_are_counted_and_told_when_it_takes_them_again) {
    begin();
    read();
    const auto from = clock.wall() + 10s;
    for (int i = 0; i < 3; ++i) {
        clock.advance(10s);
        care->note_reading(fail(ErrorCode::no_space, "state file: database or disk is full"));
    }
    BOOST_TEST(events().empty());
    const auto last = clock.wall();
    read();
    const auto told = events();
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0] ==
               fmt::format("3 readings between {} and {} could not be kept: state file: database or disk is full",
                           to_rfc3339(from), to_rfc3339(last)));
    read();
    BOOST_TEST(events().size() == 1u);
}

// A full outbox gives the number away: the controller sees a gap, and needs no event.
BOOST_AUTO_TEST_CASE(a_full_outbox_is_the_controller_s_to_see) {
    options.outbox.entries_max = 200_B;
    begin();
    append(Stream::results, std::string(100, 'r'));
    care->note_reading(outbox().append(Stream::metrics, std::string(100, 'm')));
    BOOST_TEST(outbox().state(Stream::metrics).next_seq == 2u);
    options.outbox.entries_max = 1_MiB;
    reopen();
    BOOST_TEST(events().empty());
}

BOOST_AUTO_TEST_CASE(a_file_deleted_under_the_agent_is_told) {
    begin();
    read();
    std::filesystem::remove(path);
    read();
    const auto told = events();
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].find("nothing is lost") != std::string::npos, told[0]);
    BOOST_TEST(replaced == 0);
    BOOST_TEST(appended == 1);
}

BOOST_AUTO_TEST_CASE(a_damaged_outbox_is_replaced_and_told_in_the_new_one) {
    begin();
    read();
    care->note_failure(Error{ErrorCode::corrupt, "database disk image is malformed"});
    BOOST_TEST(replaced == 1);
    const auto told = events();
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].find("0 results, 1 readings and 0 events") != std::string::npos, told[0]);
    BOOST_TEST(fatal.empty());
}

BOOST_AUTO_TEST_CASE(without_a_place_for_a_new_file_the_agent_ends) {
    begin();
    std::filesystem::create_directory(path + ".corrupt");
    care->note_failure(Error{ErrorCode::corrupt, "database disk image is malformed"});
    BOOST_REQUIRE(fatal.size() == 1u);
    BOOST_TEST(fatal[0].find(path) != std::string::npos, fatal[0]);
    BOOST_TEST(replaced == 0);
}

BOOST_AUTO_TEST_CASE(a_host_that_was_set_back_is_told) {
    begin();
    care->note_renewal(Stream::metrics);
    read();
    const auto told = events();
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].find("other metrics of this host") != std::string::npos, told[0]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

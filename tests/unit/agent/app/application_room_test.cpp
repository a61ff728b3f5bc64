// Who makes way while the controller is away.
#include "agent/app/application_room.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
using protocol::Stream;

BOOST_FIXTURE_TEST_SUITE(application_room, tests::StateFixture)

// 24 of 64 KiB are half of what entries may have. Each reading is 1 KiB and its overhead of 64 bytes: 22 of them are
// 23,936 bytes, less than 24,576.
BOOST_AUTO_TEST_CASE(applications_make_way_when_half_of_the_outbox_is_not_taken) {
    open();
    const std::string reading(1024, 'm');
    for (int i = 0; i < 22; ++i) {
        append(Stream::metrics, reading);
    }
    BOOST_TEST(has_room_for_applications(outbox(), 64_KiB));
    append(Stream::metrics, reading + reading);
    BOOST_TEST(!has_room_for_applications(outbox(), 64_KiB));
    ack(Stream::metrics, 23);
    BOOST_TEST(has_room_for_applications(outbox(), 64_KiB));
}

BOOST_AUTO_TEST_CASE(readings_on_their_way_are_no_outage) {
    open();
    for (uint64_t i = 1; i < outage_readings_min; ++i) {
        append(Stream::metrics, std::string(20'000, 'm'));
    }
    BOOST_TEST(has_room_for_applications(outbox(), 64_KiB));
    append(Stream::metrics, "m");
    BOOST_TEST(!has_room_for_applications(outbox(), 64_KiB));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

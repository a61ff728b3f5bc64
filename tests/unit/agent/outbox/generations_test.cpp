// Openings of an outbox: what HELLO tells of them, and that two copies never tell the same.
#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/outbox/failing_vfs.hpp"
#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
using protocol::generation_of;
using protocol::Stream;
using tests::StateFixture;

namespace {

struct Openings : StateFixture {
    uint64_t generation(uint64_t seq) {
        return generation_of(outbox().generations(), Stream::metrics, outbox().state(Stream::metrics).incarnation, seq);
    }
    size_t of_metrics() {
        const auto all = outbox().generations();
        return static_cast<size_t>(
            std::count_if(all.begin(), all.end(), [](const auto& each) { return each.stream == Stream::metrics; }));
    }
    void append_metrics(int count) {
        for (int i = 0; i < count; ++i) {
            append(Stream::metrics, "m");
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_generations, Openings)

BOOST_AUTO_TEST_CASE(each_opening_covers_what_is_numbered_after_it) {
    open();
    append_metrics(3);
    const auto first = generation(1);
    BOOST_TEST(first != 0u);
    BOOST_TEST(generation(3) == first);
    reopen();
    append_metrics(1);
    BOOST_TEST(generation(3) == first);
    BOOST_TEST(generation(4) != first);
    BOOST_TEST(of_metrics() == 2u);
}

BOOST_AUTO_TEST_CASE(an_opening_that_numbered_nothing_makes_way) {
    open();
    append_metrics(1);
    for (int i = 0; i < 10; ++i) {
        reopen();
    }
    BOOST_TEST(of_metrics() == 2u);
}

BOOST_AUTO_TEST_CASE(two_copies_number_under_different_generations) {
    open();
    append_metrics(3);
    const auto copy = crash_copy("copy.db", log_bytes());
    append_metrics(2);  // 4 and 5, still of the first opening
    const auto original = generation(4);
    auto opened = try_open(copy);
    BOOST_REQUIRE(opened);
    state = std::move(*opened);
    append_metrics(9);
    BOOST_TEST(generation(3) == original);
    BOOST_TEST(generation(4) != original);
    BOOST_TEST(generation(12) != original);
}

// The controller's cursor is never below what it acknowledged, so that only the opening which covers that number and
// those after it matter.
BOOST_AUTO_TEST_CASE(openings_before_the_last_acknowledged_number_are_forgotten) {
    open();
    for (int i = 0; i < 4; ++i) {
        append_metrics(10);
        reopen();
    }
    const auto kept = generation(25);
    ack(Stream::metrics, 25);
    reopen();
    BOOST_TEST(generation(25) == kept);
    BOOST_TEST(generation(20) == 0u);
    BOOST_TEST(of_metrics() == 3u);  // from 21, 31 and 41
}

BOOST_AUTO_TEST_CASE(openings_without_an_acknowledgement_are_bounded) {
    open();
    for (size_t i = 0; i < openings_max + 10; ++i) {
        append_metrics(1);
        reopen();
    }
    BOOST_TEST(of_metrics() == openings_max);
    BOOST_TEST(generation(1) == 0u);
    BOOST_TEST(generation(openings_max + 10) != 0u);
}

BOOST_AUTO_TEST_CASE(a_renewed_stream_begins_with_one_of_its_own) {
    open();
    append_metrics(3);
    reopen();
    append_metrics(3);
    const auto before = generation(4);
    BOOST_REQUIRE(outbox().renew(Stream::metrics).has_value());
    BOOST_TEST(of_metrics() == 1u);
    BOOST_TEST(generation(1) != 0u);
    BOOST_TEST(generation(1) != before);
    reopen();
    BOOST_TEST(of_metrics() == 2u);
}

// The agent from before generations opens the file, numbers on, and a newer one takes up again.
BOOST_AUTO_TEST_CASE(a_file_of_an_older_agent_is_taken_up) {
    open();
    append_metrics(2);
    state.reset();
    tests::run_sql(path, "DROP TABLE generation");
    open();
    BOOST_TEST(generation(2) == 0u);
    append_metrics(1);
    BOOST_TEST(generation(3) != 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

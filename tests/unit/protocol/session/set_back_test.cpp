// Two copies of one outbox that both numbered on: what the controller makes of the generations in HELLO.
#include <boost/test/unit_test.hpp>

#include "tests/unit/protocol/session/session_support.hpp"

namespace vigie::protocol {
namespace {

constexpr uint64_t incarnation = 1001;
constexpr uint64_t old_boot = 11;  // generations
constexpr uint64_t new_boot = 22;
constexpr uint64_t restored_boot = 33;
using Openings = std::vector<std::pair<uint64_t, uint64_t>>;  // first_seq, generation

struct Controller {
    ControllerSession session;
    // Metrics are durable up to 9, which was numbered under `generation`.
    explicit Controller(uint64_t generation = old_boot)
        : session(AgentId{"web-1"}, {{Stream::metrics, incarnation, 9, 0, generation}}) {}

    // The cursor that WELCOME answers with, to an outbox that numbered up to 19.
    uint64_t greet(const Openings& openings) {
        Hello hello;
        hello.streams = {{Stream::metrics, incarnation, 1, 20}};
        for (const auto& [first, generation] : openings) {
            hello.generations.push_back({Stream::metrics, incarnation, first, generation});
        }
        const auto actions = session.on_message("a", Message{Header{.version = 1, .type = MessageType::hello}, hello},
                                                at(0s, ++greetings_));
        const auto welcomes = messages_of<Welcome>(actions);
        BOOST_REQUIRE(welcomes.size() == 1u);
        return std::get<Welcome>(welcomes[0].body).cursors.at(0).last_applied;
    }
    Header header(MessageType type, uint64_t seq) const {
        Header all{.version = 1, .type = type, .session = session.session()};
        all.stream = Stream::metrics;
        all.incarnation = incarnation;
        all.seq = seq;
        return all;
    }
    size_t applied(uint64_t seq) {
        return all_of<Apply>(session.on_batch("a", header(MessageType::batch, seq), "entry", at(1s))).size();
    }

  private:
    uint64_t greetings_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(set_back)

BOOST_AUTO_TEST_CASE(an_agent_that_only_restarted_goes_on_from_its_cursor) {
    Controller controller;
    BOOST_TEST(controller.greet({{1, old_boot}}) == 9u);
    // It restarted, and numbered 12 and more since.
    BOOST_TEST(controller.greet({{1, old_boot}, {12, new_boot}}) == 9u);
    BOOST_TEST(controller.applied(10) == 1u);
}

// The copy was made when 5 was next; the original went on to 9 and the controller has that. The copy was opened anew
// and numbered past 9 while it was offline, so its end says nothing.
BOOST_AUTO_TEST_CASE(a_copy_that_numbered_past_the_cursor_is_told_to_begin_anew) {
    Controller controller;
    BOOST_TEST(controller.greet({{1, old_boot}, {5, restored_boot}}) == seq_max);
    BOOST_TEST(controller.applied(10) == 0u);
    BOOST_TEST(controller.session.durable_cursors().at(0).last_applied == 9u);
    // It insists, also when the agent failed to do it and greets again.
    BOOST_TEST(controller.greet({{1, old_boot}, {5, restored_boot}}) == seq_max);
}

BOOST_AUTO_TEST_CASE(entries_of_the_original_that_are_still_being_committed_count_too) {
    Controller controller;
    BOOST_TEST(controller.greet({{1, old_boot}}) == 9u);
    BOOST_TEST(controller.applied(10) == 1u);
    BOOST_TEST(controller.applied(11) == 1u);  // accepted, not durable yet
    BOOST_TEST(controller.greet({{1, old_boot}, {10, restored_boot}}) == seq_max);
    // Of a copy that was made later than they were, they are its own.
    Controller other;
    BOOST_TEST(other.greet({{1, old_boot}}) == 9u);
    BOOST_TEST(other.applied(10) == 1u);
    BOOST_TEST(other.greet({{1, old_boot}, {11, restored_boot}}) == 9u);
}

BOOST_AUTO_TEST_CASE(the_cursor_keeps_the_generation_its_entry_was_sent_under) {
    Controller controller;
    static_cast<void>(controller.greet({{1, old_boot}, {11, new_boot}}));
    BOOST_TEST(controller.applied(10) == 1u);
    BOOST_TEST(controller.applied(11) == 1u);
    controller.session.on_durable(Stream::metrics, incarnation, 10);
    BOOST_TEST(controller.session.durable_cursors().at(0).generation == old_boot);
    controller.session.on_durable(Stream::metrics, incarnation, 11);
    BOOST_TEST(controller.session.durable_cursors().at(0).generation == new_boot);
}

BOOST_AUTO_TEST_CASE(what_is_unknown_on_either_side_proves_nothing) {
    BOOST_TEST(Controller(0).greet({{5, restored_boot}}) == 9u);  // stored by an older controller
    BOOST_TEST(Controller().greet({}) == 9u);                     // an older agent
    BOOST_TEST(Controller().greet({{10, new_boot}}) == 9u);       // an agent that forgot what was acknowledged
}

// A number whose Apply was not seen by this object: nobody knows under which generation it was sent.
BOOST_AUTO_TEST_CASE(a_durable_number_of_unknown_origin_proves_nothing) {
    Controller controller;
    controller.session.on_durable(Stream::metrics, incarnation, 15);
    BOOST_TEST(controller.greet({{1, old_boot}, {5, restored_boot}}) == 15u);
}

BOOST_AUTO_TEST_CASE(a_generation_belongs_to_its_stream_and_incarnation) {
    const std::vector<Generation> all{{Stream::metrics, 1, 1, 5}, {Stream::metrics, 1, 10, 6}, {Stream::logs, 2, 3, 7}};
    BOOST_TEST(generation_of(all, Stream::metrics, 1, 9) == 5u);
    BOOST_TEST(generation_of(all, Stream::metrics, 1, 10) == 6u);
    BOOST_TEST(generation_of(all, Stream::metrics, 2, 10) == 0u);
    BOOST_TEST(generation_of(all, Stream::logs, 2, 2) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::protocol

#include "controller/tickets/promises.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::tickets {
namespace {

constexpr WallTime at(milliseconds since) {
    return wall_from_unix_ms(1'800'000'000'000) + since;
}

struct Promised {
    Priority priority;
    std::vector<Level> levels{{0ms, "lead"}, {2h, "boss"}};
    Ticket ticket;

    Promised() {
        priority.name = "high";
        priority.respond = 1h;
        priority.resolve = 8h;
        ticket.watch.run(true, at(0ms));
    }
    std::vector<Escalation> due(milliseconds since) const {
        return due_escalations(ticket, priority, levels, at(since));
    }
};

BOOST_FIXTURE_TEST_SUITE(promises, Promised)

BOOST_AUTO_TEST_CASE(each_level_is_due_after_its_time_and_once) {
    BOOST_TEST(due(1h - 1ms).empty());
    BOOST_TEST((due(1h) == std::vector<Escalation>{{Promise::respond, 0}}));
    ticket.respond_levels = 1;
    BOOST_TEST(due(3h - 1ms).empty());
    BOOST_TEST((due(3h) == std::vector<Escalation>{{Promise::respond, 1}}));
    ticket.respond_levels = 2;
    BOOST_TEST(due(8h - 1ms).empty());
    BOOST_TEST((due(8h) == std::vector<Escalation>{{Promise::resolve, 0}}));
    ticket.resolve_levels = 2;
    BOOST_TEST(due(9999h).empty());
}

BOOST_AUTO_TEST_CASE(what_became_due_while_nobody_looked_is_all_told) {
    BOOST_TEST(
        (due(100h) == std::vector<Escalation>{
                          {Promise::respond, 0}, {Promise::respond, 1}, {Promise::resolve, 0}, {Promise::resolve, 1}}));
}

// glpi-project/glpi#7946: two hours of waiting for somebody else are not counted.
BOOST_AUTO_TEST_CASE(the_clock_stops_while_it_is_pending) {
    set_status(ticket, Status::pending, at(30min));
    BOOST_TEST(due(99h).empty());
    set_status(ticket, Status::open, at(2h + 30min));
    BOOST_TEST((time_left(ticket, priority, Promise::resolve, at(3h)) == milliseconds(7h)));
    BOOST_TEST(due(10h - 1ms).empty());
    BOOST_TEST((due(10h) == std::vector<Escalation>{{Promise::resolve, 0}}));
}

BOOST_AUTO_TEST_CASE(a_response_keeps_the_first_promise_and_a_resolution_the_second) {
    note_response(ticket, at(59min));
    BOOST_TEST(due(2h).empty());
    BOOST_TEST(!time_left(ticket, priority, Promise::respond, at(2h)).has_value());
    BOOST_TEST(!is_broken(ticket, priority, Promise::respond, at(2h)));
    set_status(ticket, Status::resolved, at(7h));
    BOOST_TEST(due(99h).empty());
    BOOST_TEST(!is_broken(ticket, priority, Promise::resolve, at(99h)));
}

BOOST_AUTO_TEST_CASE(a_late_response_stays_late) {
    note_response(ticket, at(61min));
    BOOST_TEST(is_broken(ticket, priority, Promise::respond, at(99h)));
    BOOST_TEST(!time_left(ticket, priority, Promise::respond, at(99h)).has_value());
}

BOOST_AUTO_TEST_CASE(nothing_is_due_where_nothing_was_promised) {
    priority.respond = 0ms;
    priority.resolve = 0ms;
    BOOST_TEST(due(9999h).empty());
    BOOST_TEST(!time_left(ticket, priority, Promise::resolve, at(1h)).has_value());
    BOOST_TEST(!is_broken(ticket, priority, Promise::resolve, at(9999h)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::tickets

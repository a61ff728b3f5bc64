#include "tests/unit/controller/tickets/desk.hpp"

namespace vigie::controller::tickets {
namespace {

using boost::test_tools::per_element;

AlertTurn turn_of(uint64_t transition, bool is_over, milliseconds since,
                  const std::string& alert = "00000000000000aa") {
    AlertTurn turn;
    turn.alert = alert;
    turn.transition = transition;
    turn.is_over = is_over;
    turn.at = at(since);
    turn.cause = "sample";
    turn.name = "DiskFull";
    turn.host = "web-1";
    turn.labels = {{"alertname", "DiskFull"}, {"instance", "web-1"}, {"severity", "page"}};
    turn.annotations = {{"summary", "disk is full"}, {"description", "clean it"}};
    return turn;
}
AlertTurn fire(uint64_t transition, milliseconds since) {
    return turn_of(transition, false, since);
}
AlertTurn over(uint64_t transition, milliseconds since) {
    return turn_of(transition, true, since);
}

BOOST_FIXTURE_TEST_SUITE(ticket_book_alerts, TicketDesk)

BOOST_AUTO_TEST_CASE(an_alert_that_matches_gets_a_ticket_with_what_it_says) {
    const auto steps = turn(fire(1, 0ms)).value();
    BOOST_REQUIRE(steps.size() == 1u);
    const auto one = ticket(1);
    BOOST_TEST((steps[0].ticket == one));
    BOOST_TEST(one.title == "disk is full");
    BOOST_TEST(one.description == "clean it\n\nalertname=DiskFull\ninstance=web-1\nseverity=page\n");
    BOOST_TEST(one.host == "web-1");
    BOOST_TEST(one.alert == "00000000000000aa");
    BOOST_TEST(one.requester == "");
    BOOST_TEST(one.labels.at("severity") == "page");
    BOOST_TEST(told() == Words{"support created 1"}, per_element());
    auto other = fire(1, 0ms);
    other.alert = "00000000000000bb";
    other.labels["severity"] = "warning";
    BOOST_TEST(turn(other).value().empty());
    other.labels = {{"severity", "page"}, {"team", "db"}};
    BOOST_TEST(turn(other).value().at(0).ticket.priority == "urgent");
    BOOST_TEST(rows("t") == 2u);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_costs_one_row_and_counted_time_goes_on) {
    for (int i = 0; i < 5; ++i) {
        made("a");
    }
    StoreBatch batch;
    BOOST_REQUIRE(book->on_clock_set(1h, batch).has_value());
    BOOST_TEST(batch.changes().size() == 1u);  // and not one for each ticket
    BOOST_REQUIRE(store.commit(batch).has_value());
    BOOST_TEST((ticket(1).watch.at(at(1h + 10min)) == 10min));
    BOOST_TEST((move(1, 1, Status::open, 1h + 10min).value().ticket.watch.at(at(1h + 20min)) == 20min));
    restart();
    BOOST_TEST((move(2, 1, Status::pending, 1h + 30min).value().ticket.watch.at(at(5h)) == 30min));
    StoreBatch back;
    BOOST_REQUIRE(book->on_clock_set(-1h, back).has_value());
    BOOST_REQUIRE(store.commit(back).has_value());
    restart();
    BOOST_TEST((ticket(1).watch.at(at(40min)) == 40min));
    BOOST_TEST((ticket(2).watch.at(at(40min)) == 30min));
    BOOST_TEST((ticket(3).watch.at(at(40min)) == 40min));
    const auto listed = page_of_tickets(store, 0, 9, 9, [](const Ticket&) { return true; }).value().tickets;
    BOOST_TEST((listed.back().watch.at(at(40min)) == 40min));
    BOOST_TEST((tickets_after(store, 0, 9).value().at(0).watch.at(at(40min)) == 40min));
}

BOOST_AUTO_TEST_CASE(a_ticket_may_be_told_later_which_alert_it_is_about) {
    made("by hand");
    Edit edit;
    edit.alert = "00000000000000aa";
    BOOST_TEST(update(1, 1, edit).value().ticket.alert == "00000000000000aa");
    restart();
    BOOST_TEST(turn(fire(2, 1h)).value().at(0).ticket.number == 1u);  // it is written below it
    BOOST_TEST(rows("t") == 1u);
    auto other = fire(1, 1h);
    other.alert = "00000000000000bb";
    BOOST_TEST(turn(other).value().at(0).ticket.number == 2u);
    edit.alert = "00000000000000bb";
    BOOST_TEST(update(1, ticket(1).version, edit).error().message == "ticket 2 is about this alert already");
    edit.alert = "";
    BOOST_TEST(update(1, ticket(1).version, edit).value().ticket.alert == "");
    restart();
    BOOST_TEST(turn(over(3, 2h)).value().empty());
    BOOST_TEST(turn(fire(4, 3h)).value().at(0).ticket.number == 3u);
    edit.alert = "00000000000000aa";
    BOOST_REQUIRE(move(3, 1, Status::resolved, 4h).has_value());
    BOOST_TEST(update(1, ticket(1).version, edit).value().ticket.alert == "00000000000000aa");
    BOOST_TEST(turn(fire(6, 5h)).value().at(0).ticket.number == 1u);
}

BOOST_AUTO_TEST_CASE(a_fire_whose_ticket_is_said_to_be_about_something_else_makes_no_second_one) {
    turn(fire(1, 0ms)).value();
    Edit edit;
    edit.alert = "";
    BOOST_TEST(update(1, 1, edit, 10min).value().ticket.alert == "");
    told();
    BOOST_TEST(turn(fire(1, 0ms)).value().empty());  // its row is written again, by an acknowledgement
    restart();
    BOOST_TEST(turn(fire(1, 0ms)).value().empty());  // or by a start
    BOOST_TEST(told().empty());
    BOOST_TEST(rows("a") == 1u);
    BOOST_TEST(turn(over(2, 1h)).value().empty());
    BOOST_TEST(rows("a") == 0u);
    restart();
    BOOST_TEST(turn(over(2, 1h)).value().empty());
    BOOST_TEST(turn(fire(3, 2h)).value().at(0).ticket.number == 2u);
    BOOST_TEST(ticket(2).follows == 0u);
    turn(over(4, 3h)).value();
    BOOST_TEST(update(2, ticket(2).version, edit, 4h).has_value());  // of one that is over nothing is to be known
    BOOST_TEST(rows("a") == 0u);
}

BOOST_AUTO_TEST_CASE(an_alert_without_its_ticket_may_get_one_by_hand) {
    turn(fire(1, 0ms)).value();
    Edit edit;
    edit.alert = "";
    BOOST_REQUIRE(update(1, 1, edit, 10min).has_value());
    Edit wish;
    wish.title = "by hand";
    wish.alert = "00000000000000aa";
    BOOST_TEST(create(wish, 20min).value().ticket.number == 2u);
    BOOST_TEST(turn(fire(1, 0ms)).value().empty());
    BOOST_TEST(turn(over(2, 1h)).value().at(0).ticket.number == 2u);
}

// prometheus-community/jiralert#119, zammad/zammad#2377, grafana/alerting#636
BOOST_AUTO_TEST_CASE(three_identical_alerts_at_the_same_instant_make_one_ticket) {
    StoreBatch batch;
    for (int i = 0; i < 3; ++i) {
        BOOST_REQUIRE(book->on_alert(fire(1, 0ms), at(1s), batch).has_value());
    }
    BOOST_REQUIRE(store.commit(batch).has_value());
    restart();
    BOOST_TEST(turn(fire(1, 0ms)).value().empty());
    BOOST_TEST(rows("t") == 1u);
    BOOST_TEST(ticket(1).version == 1u);
}

BOOST_AUTO_TEST_CASE(a_recovery_comments_its_ticket_whatever_its_subject_and_never_twice) {
    turn(fire(1, 0ms)).value();
    auto recovery = over(2, 10min);
    recovery.annotations = {{"summary", "all is well"}};
    recovery.labels["severity"] = "none";  // its rule has other labels by now
    turn(recovery).value();
    const Words once{"controller: DiskFull is over since 2027-01-15T08:10:00.000Z"};
    BOOST_TEST(comments(1) == once, per_element());
    turn(recovery).value();
    restart();
    turn(recovery).value();
    BOOST_TEST(comments(1) == once, per_element());
    BOOST_TEST((ticket(1).status == Status::new_));  // a person says whether it is done
}

// An end is as late as its begin when the host's clock was set back between the two, and the next fire is earlier.
BOOST_AUTO_TEST_CASE(a_hosts_clock_that_is_set_back_loses_neither_the_recovery_nor_the_next_fire) {
    turn(fire(1, 2h)).value();
    turn(over(2, 2h)).value();
    BOOST_TEST(comments(1).size() == 1u);
    move(1, 2, Status::closed, 2h).value();
    BOOST_TEST(turn(fire(3, 10min)).value().at(0).what == "reopened");
    BOOST_TEST(turn(fire(3, 10min)).value().empty());
}

BOOST_AUTO_TEST_CASE(a_refire_comments_a_ticket_that_is_not_resolved) {
    turn(fire(1, 0ms)).value();
    turn(over(2, 10min)).value();
    turn(fire(3, 20min)).value();
    BOOST_TEST(rows("t") == 1u);
    BOOST_TEST(comments(1).back() == "controller: DiskFull fires again since 2027-01-15T08:20:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_refire_within_reopen_for_opens_the_ticket_again) {
    turn(fire(1, 0ms)).value();
    turn(over(2, 10min)).value();
    move(1, 2, Status::closed, 1h).value();
    told();
    const auto steps = turn(fire(3, 1h + 24h - 1s)).value();  // judged a second later
    BOOST_REQUIRE(steps.size() == 1u);
    BOOST_TEST(steps[0].what == "reopened");
    BOOST_TEST((ticket(1).status == Status::open));
    BOOST_TEST(!ticket(1).resolved_at.has_value());
    BOOST_TEST(rows("t") == 1u);
    BOOST_TEST(told() == Words{"support reopened 1"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_refire_after_reopen_for_makes_a_new_ticket_that_follows_the_old) {
    turn(fire(1, 0ms)).value();
    turn(over(2, 10min)).value();
    move(1, 2, Status::resolved, 1h).value();
    restart();
    turn(fire(3, 1h + 24h)).value();
    BOOST_TEST(rows("t") == 2u);
    BOOST_TEST(ticket(2).follows == 1u);
    BOOST_TEST((ticket(1).status == Status::resolved));
    BOOST_TEST(comments(1).back() == "controller: DiskFull fires again: that is ticket 2");
    turn(over(4, 1h + 25h)).value();
    BOOST_TEST(comments(2).size() == 1u);
    BOOST_TEST(comments(1).size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_recovery_of_an_alert_without_a_ticket_is_nothing) {
    BOOST_TEST(turn(over(2, 0ms)).value().empty());
    BOOST_TEST(rows("") == 0u);
}

BOOST_AUTO_TEST_CASE(an_alert_that_a_person_opened_a_ticket_for_gets_no_other) {
    Edit wish;
    wish.title = "by hand";
    wish.alert = "00000000000000aa";
    BOOST_TEST(create(wish, 0ms).value().ticket.number == 1u);
    BOOST_TEST((create(wish, 1s).error().code == ErrorCode::conflict));
    turn(over(2, 10min)).value();
    BOOST_TEST(comments(1).size() == 1u);
    turn(fire(3, 20min)).value();
    BOOST_TEST(rows("t") == 1u);
}

// "Fail operation N": each commit and each read of the turns fails once; the turn comes again, as the batch that holds
// it does, and the end is the same.
BOOST_AUTO_TEST_CASE(whichever_commit_fails_a_turn_that_comes_again_ends_the_same) {
    const std::vector<AlertTurn> turns{fire(1, 0ms), over(2, 10min), fire(3, 20min), over(4, 30min)};
    for (size_t failing = 0; failing < turns.size(); ++failing) {
        TicketDesk desk;
        for (size_t i = 0; i < turns.size(); ++i) {
            if (i == failing) {
                desk.store.fail_commits_with = Error{ErrorCode::no_space, "full"};
                BOOST_TEST(!desk.turn(turns[i]).has_value());
                desk.store.fail_commits_with.reset();
            }
            BOOST_REQUIRE(desk.turn(turns[i]).has_value());
            desk.restart();
            BOOST_REQUIRE(desk.turn(turns[i]).value().empty());
        }
        BOOST_TEST(desk.rows("t") == 1u);
        BOOST_TEST(desk.ticket(1).version == 4u);
        BOOST_TEST(desk.comments(1).size() == 3u);
        BOOST_TEST(desk.told() == Words{"support created 1"}, per_element());
    }
}

BOOST_AUTO_TEST_CASE(an_alert_that_comes_and_goes_leaves_room_for_people) {
    turn(fire(1, 0ms)).value();
    for (uint64_t i = 2; i < 500; ++i) {
        BOOST_REQUIRE(turn(turn_of(i, i % 2 == 0, milliseconds(i) * 1000)).has_value());
    }
    BOOST_TEST(ticket(1).comments == own_comments_max);
    BOOST_TEST(comment(1, "enough").has_value());
    BOOST_TEST(turn(turn_of(499, false, 499s)).value().empty());  // known all the same
}

// glpi-project/glpi#1996
BOOST_AUTO_TEST_CASE(each_level_of_escalation_is_told_once_also_over_restarts) {
    Edit wish;
    wish.title = "db is down";
    wish.priority = "urgent";
    create(wish).value();
    told();
    BOOST_TEST(!book->is_escalation_due(at(59min)).value());
    BOOST_TEST(book->is_escalation_due(at(1h)).value());
    escalate(1h).value();
    BOOST_TEST(told() == Words{"lead escalated 1"}, per_element());
    BOOST_TEST(escalate(1h + 1s).value().empty());
    restart();
    BOOST_TEST(escalate(2h).value().empty());
    escalate(3h).value();
    BOOST_TEST(told() == Words{"boss escalated 1"}, per_element());
    move(1, 3, Status::open, 4h).value();
    restart();
    BOOST_TEST(escalate(8h - 1ms).value().empty());
    told();
    escalate(99h).value();  // nobody looked for days
    BOOST_TEST(told() == (Words{"lead escalated 1", "boss escalated 1"}), per_element());
    restart();
    BOOST_TEST(escalate(999h).value().empty());
    BOOST_TEST(newest_changes(store, 1, 1).value().at(0).what == "escalated");
}

// glpi-project/glpi#7946
BOOST_AUTO_TEST_CASE(nothing_escalates_while_a_ticket_is_pending) {
    Edit wish;
    wish.title = "db is down";
    wish.priority = "urgent";
    create(wish).value();
    move(1, 1, Status::pending, 30min).value();
    BOOST_TEST(escalate(99h).value().empty());
    move(1, 2, Status::open, 2h + 30min).value();
    BOOST_TEST(escalate(10h - 1ms).value().empty());
    BOOST_TEST(escalate(10h).value().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_failed_to_be_stored_is_told_again) {
    Edit wish;
    wish.title = "db is down";
    wish.priority = "urgent";
    create(wish).value();
    told();
    store.fail_commits_with = Error{ErrorCode::no_space, "full"};
    BOOST_TEST(!escalate(1h).has_value());
    store.fail_commits_with.reset();
    BOOST_TEST(told().empty());
    escalate(1h + 1s).value();
    BOOST_TEST(told() == Words{"lead escalated 1"}, per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::tickets

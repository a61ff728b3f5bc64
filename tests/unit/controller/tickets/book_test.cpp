#include "controller/tickets/book.hpp"

#include "tests/unit/controller/tickets/desk.hpp"

namespace vigie::controller::tickets {
namespace {

using boost::test_tools::per_element;

BOOST_FIXTURE_TEST_SUITE(ticket_book, TicketDesk)

BOOST_AUTO_TEST_CASE(numbers_are_dense_and_increase_over_restarts_and_failed_commits) {
    BOOST_TEST(made("a").ticket.number == 1u);
    BOOST_TEST(made("b").ticket.number == 2u);
    store.fail_commits_with = Error{ErrorCode::no_space, "full"};
    Edit wish;
    wish.title = "lost";
    BOOST_TEST((create(wish).error().code == ErrorCode::no_space));
    store.fail_commits_with.reset();
    BOOST_TEST(made("c").ticket.number == 3u);
    restart();
    BOOST_TEST(made("d").ticket.number == 4u);
    BOOST_TEST(rows("t") == 4u);
}

BOOST_AUTO_TEST_CASE(a_ticket_is_stored_with_its_history_and_support_is_told) {
    const auto one = made("disk full").ticket;
    BOOST_TEST((ticket(1) == one));
    BOOST_TEST(one.version == 1u);
    BOOST_TEST(one.requester == "anna");
    BOOST_TEST(one.priority == "normal");
    const auto changes = newest_changes(store, 1, 10).value();
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST((changes[0] == Change{1, at(0ms), "anna", "created"}));
    BOOST_TEST(told() == Words{"support created 1"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_wish_that_cannot_be_granted_changes_nothing) {
    Edit wish;
    BOOST_TEST(create(wish).error().message == "title: must not be empty");
    wish.title = "a";
    wish.priority = "urgnet";
    BOOST_TEST(create(wish).error().message ==
               "priority: there is no 'urgnet', did you mean 'urgent'?; there are normal, urgent");
    BOOST_TEST((comment(9, "text").error().code == ErrorCode::not_found));
    BOOST_TEST((move(9, 1, Status::open).error().code == ErrorCode::not_found));
    BOOST_TEST(rows("") == 0u);
}

// glpi-project/glpi#3578: two operators change what both saw.
BOOST_AUTO_TEST_CASE(the_second_of_two_changes_of_one_version_is_refused_and_shown_the_first) {
    made("disk full");
    Edit first;
    first.assignee = "bob";
    BOOST_TEST(update(1, 1, first).value().ticket.version == 2u);
    Edit second;
    second.assignee = "carol";
    const auto refused = update(1, 1, second);
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == ErrorCode::conflict));
    BOOST_TEST(refused.error().message ==
               "ticket 1 is at version 2 and no more at 1: nothing was done; 2: bob changed it, assignee '' -> 'bob'. "
               "See vigie tickets show 1");
    BOOST_TEST(ticket(1).assignee == "bob");
    BOOST_TEST(update(1, 2, second).value().ticket.assignee == "carol");
    BOOST_TEST((update(1, 9, first).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(closing_what_is_closed_is_done_already_unless_there_is_more_to_write) {
    made("disk full");
    BOOST_TEST(move(1, 1, Status::closed).value().what == "changed");
    const auto again = move(1, 2, Status::closed).value();
    BOOST_TEST(again.what == "known");
    BOOST_TEST(again.ticket.version == 2u);
    Edit edit;
    edit.status = Status::closed;
    BOOST_TEST(update(1, 2, edit, 0ms, "done").error().message ==
               "ticket 1 is so already: nothing was changed, and the comment is not written");
    edit = {};
    edit.assignee = "";
    BOOST_TEST((update(1, 2, edit).error().code == ErrorCode::conflict));
    BOOST_TEST(ticket(1).version == 2u);
}

BOOST_AUTO_TEST_CASE(a_refusal_tells_what_was_written_without_what_steers_a_terminal) {
    made("disk full");
    Edit edit;
    edit.description = "\x1b[2J\xc2\x9b";
    BOOST_REQUIRE(update(1, 1, edit).has_value());
    const auto refused = update(1, 1, edit);
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().message.find("-> '\\x1b[2J\\x9b'") != std::string::npos, refused.error().message);
}

BOOST_AUTO_TEST_CASE(the_second_is_refused_also_when_both_wait_for_the_same_commit) {
    made("disk full");
    move(1, 1, Status::closed).value();  // only in the store from now on
    Edit edit;
    edit.assignee = "bob";
    StoreBatch batch;
    BOOST_TEST(book->update(1, 2, edit, "", "bob", at(1s), batch).has_value());
    edit.assignee = "carol";
    BOOST_TEST((book->update(1, 2, edit, "", "carol", at(1s), batch).error().code == ErrorCode::conflict));
}

BOOST_AUTO_TEST_CASE(a_comment_is_a_new_version_and_the_first_of_another_person_is_the_response) {
    made("disk full");
    BOOST_TEST(comment(1, "please", 10min, "anna").value().ticket.version == 2u);
    BOOST_TEST(!ticket(1).responded_after.has_value());
    comment(1, "looking", 20min).value();
    BOOST_TEST((ticket(1).responded_after == milliseconds(20min)));
    BOOST_TEST((ticket(1).status == Status::new_));
    BOOST_TEST(comments(1) == (Words{"anna: please", "bob: looking"}), per_element());
    BOOST_TEST((move(1, 2, Status::open).error().code == ErrorCode::conflict));
}

BOOST_AUTO_TEST_CASE(a_change_and_its_comment_are_one_version) {
    made("disk full");
    Edit edit;
    edit.status = Status::closed;
    BOOST_TEST(update(1, 1, edit, 1h, "new disk").value().ticket.version == 2u);
    BOOST_TEST(comments(1) == Words{"bob: new disk"}, per_element());
    made("other");
    edit = {};
    edit.assignee = "carol";
    update(2, 1, edit, 1h, "hers", "anna").value();  // who asked for it does not answer it
    BOOST_TEST(!ticket(2).responded_after.has_value());
    edit.assignee = "bob";
    update(2, 2, edit, 2h, "mine").value();
    BOOST_TEST((ticket(2).responded_after == milliseconds(2h)));
    edit = {};
    edit.status = Status::closed;
    BOOST_TEST((update(1, 2, edit, 2h, "again").error().code == ErrorCode::conflict));  // it is closed already
    BOOST_TEST(comments(1).size() == 1u);
}

BOOST_AUTO_TEST_CASE(comments_are_bounded) {
    made("chatty");
    for (uint32_t i = 0; i < comments_max; ++i) {
        BOOST_REQUIRE(comment(1, "x").has_value());
    }
    BOOST_TEST((comment(1, "x").error().code == ErrorCode::too_large));
    BOOST_TEST(all_comments(store, 1).value().size() == 500u);
    BOOST_TEST(newest_comments(store, 1, 2).value().front().number == 499u);
}

BOOST_AUTO_TEST_CASE(the_requester_is_told_of_each_status_and_of_nothing_else) {
    made("of anna");
    made("of carol", 0ms, "carol");
    told();
    move(1, 1, Status::open).value();
    move(2, 1, Status::pending).value();
    Edit edit;
    edit.assignee = "bob";
    update(1, 2, edit).value();
    comment(1, "text").value();
    BOOST_TEST(told() == (Words{"anna-mail status 1", "portal status 2"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_notice_has_the_whole_ticket_and_a_key_that_names_its_version) {
    Edit wish;
    wish.title = "disk \x1b[2J full";
    BOOST_TEST((create(wish).error().code == ErrorCode::malformed));
    made("disk full");
    std::vector<notify::Notice> all;
    BOOST_REQUIRE(store.scan(Family::outbox, "m", "n", [&](std::string_view, std::string_view row) {
        all.push_back(notify::decode_notice(row).value());
        return true;
    }));
    BOOST_REQUIRE(all.size() == 1u);
    BOOST_TEST(all[0].idempotency_key == "ticket-1-1-created-support");
    BOOST_TEST(all[0].subject == "[ticket 1] disk full");
    const auto json = nlohmann::json::parse(all[0].json);
    BOOST_TEST(json["kind"] == "ticket");
    BOOST_TEST(json["ticket"]["title"] == "disk full");
    BOOST_TEST(json["ticket"]["requester"] == "anna");
}

// A mail server that heard no answer hands the mail in again.
BOOST_AUTO_TEST_CASE(what_has_a_reference_is_made_once_also_over_restarts) {
    Edit wish;
    wish.title = "of a mail";
    wish.reference = "<1@example.org>";
    BOOST_TEST(create(wish).value().what == "created");
    told();
    restart();
    const auto again = create(wish, 1h).value();
    BOOST_TEST(again.what == "known");
    BOOST_TEST(again.ticket.number == 1u);
    BOOST_TEST(rows("t") == 1u);
    BOOST_TEST(told().empty());
    StoreBatch batch;
    BOOST_TEST(book->comment(1, "text", "bob", at(2h), batch, "<2@example.org>").value().what == "commented");
    BOOST_TEST(book->comment(1, "text", "bob", at(2h), batch, "<2@example.org>").value().what == "known");
    Edit other;
    other.title = "other";
    BOOST_TEST(book->create(other, "bob", at(2h), batch).value().ticket.number == 2u);
    BOOST_TEST((book->update(2, 1, wish, "", "bob", at(2h), batch).error().code == ErrorCode::conflict));
}

BOOST_AUTO_TEST_CASE(another_tracker_is_kept_in_step_and_hears_nothing_of_its_own) {
    auto options = desk_options();
    options.tracker = "jira";
    options.support = "jira";
    book = std::make_unique<TicketBook>(store, std::move(options));
    const auto sync = [this](const Synced& wish) {
        return commit([&](StoreBatch& batch) { return book->sync(wish, tracker_author, at(1h), batch); });
    };
    made("by hand");
    comment(1, "looking").value();
    BOOST_TEST(told() == (Words{"jira created 1", "jira commented 1"}), per_element());
    Synced wish;
    wish.reference = "OPS-12";
    wish.number = 1;
    wish.edit.status = Status::open;
    wish.comment = "mine";
    wish.comment_reference = "10001";
    wish.comment_author = "carol";
    BOOST_TEST(sync(wish).value().ticket.version == 3u);
    BOOST_TEST(told() == Words{"anna-mail status 1"}, per_element());
    wish.number = 0;
    BOOST_TEST(sync(wish).value().what == "known");
    wish.edit.status = Status::new_;  // there nobody began
    BOOST_TEST(sync(wish).value().what == "known");
    BOOST_TEST(comments(1) == (Words{"bob: looking", "carol: mine"}), per_element());
    wish.version = 2;
    BOOST_TEST((sync(wish).error().code == ErrorCode::conflict));
    Synced fresh;
    fresh.reference = "OPS-13";
    fresh.edit.title = "from there";
    fresh.comment = "first";
    const auto begun = sync(fresh).value().ticket;
    BOOST_TEST(begun.number == 2u);
    BOOST_TEST(!begun.responded_after.has_value());  // nobody answered yet
    BOOST_TEST(comments(2) == Words{"the tracker: first"}, per_element());
    BOOST_TEST(told().empty());
    move(2, 2, Status::pending).value();
    BOOST_TEST(told() == (Words{"portal status 2", "jira changed 2"}), per_element());
    fresh.number = 1;
    BOOST_TEST(sync(fresh).error().message == "'OPS-13' is ticket 2 here, and not 1");
    fresh.reference = "OPS-14";
    BOOST_TEST((sync(fresh).error().code == ErrorCode::conflict));  // 1 is OPS-12 there
    fresh.reference = "";
    BOOST_TEST((sync(fresh).error().code == ErrorCode::malformed));
    fresh.reference = "OPS-13";
    fresh.number = 0;
    fresh.comment_reference = "10002";
    for (const auto* name : {"controller", " Controller ", "uid 0", "host", "contro\u200bller", "\u202erellortnoc",
                             "controller\ufe0f", "controller\u00a0", "\u3000host", "uid\u20090", "controller\u3164"}) {
        fresh.comment_author = name;  // who is Vigie's own, or reads so
        BOOST_TEST(sync(fresh).error().message.find("would pass for somebody of Vigie's own") != std::string::npos,
                   name);
    }
    fresh.comment_author = "controllers";
    BOOST_TEST(sync(fresh).value().what == "commented");
}

BOOST_AUTO_TEST_CASE(what_is_not_resolved_is_found_again_after_a_restart_and_the_rest_too) {
    made("a");
    made("b");
    move(1, 1, Status::resolved).value();
    BOOST_TEST(rows("o") == 1u);
    restart();
    BOOST_TEST(move(1, 2, Status::open).value().ticket.version == 3u);
    BOOST_TEST(rows("o") == 2u);
    BOOST_TEST(move(2, 1, Status::closed).value().ticket.version == 2u);
    BOOST_TEST(rows("o") == 1u);
}

BOOST_AUTO_TEST_CASE(pages_go_back_from_the_newest_and_say_where_to_go_on) {
    for (int i = 0; i < 5; ++i) {
        made(fmt::format("t{}", i));
    }
    const auto odd = [](const Ticket& one) { return one.number % 2 == 1; };
    auto page = page_of_tickets(store, 0, 2, 100, odd).value();
    BOOST_REQUIRE(page.tickets.size() == 2u);
    BOOST_TEST(page.tickets[0].number == 5u);
    BOOST_TEST(page.tickets[1].number == 3u);
    BOOST_TEST(page.next == 3u);
    page = page_of_tickets(store, page.next, 2, 100, odd).value();
    BOOST_REQUIRE(page.tickets.size() == 1u);
    BOOST_TEST(page.tickets[0].number == 1u);
    BOOST_TEST(page.next == 0u);
    page = page_of_tickets(store, 0, 2, 1, odd).value();  // looks at one
    BOOST_TEST(page.tickets.size() == 1u);
    BOOST_TEST(page.next == 5u);
    BOOST_TEST(tickets_after(store, 3, 10).value().size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_over_long_ago_is_erased_with_all_that_belongs_to_it) {
    made("old");
    comment(1, "x").value();
    move(1, 2, Status::closed, 1h).value();
    made("old and open");
    made("young", 24h * 800);
    const auto later = 24h * 801;
    const auto pruned = commit([&](StoreBatch& batch) { return book->prune(at(later), batch); });
    BOOST_TEST(pruned.value() == 1u);
    BOOST_TEST(rows("t") == 2u);
    BOOST_TEST(rows("c") == 0u);
    BOOST_TEST(rows("h") == 2u);
    BOOST_TEST(made("next", later).ticket.number == 4u);
}

BOOST_AUTO_TEST_CASE(what_is_old_and_open_keeps_nothing_behind_it_from_being_erased) {
    made("old and open");
    made("old");
    move(2, 1, Status::closed, 1h).value();
    const auto prune = [this] {
        return commit([&](StoreBatch& batch) { return book->prune(at(24h * 801), batch, 1); }).value();
    };
    BOOST_TEST(prune() == 0u);
    BOOST_TEST(prune() == 1u);
    BOOST_TEST(prune() == 0u);  // from the beginning
    BOOST_TEST(rows("t") == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::tickets

#include "controller/tickets/ticket.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/tickets/origin.hpp"

namespace vigie::controller::tickets {
namespace {

constexpr WallTime at(milliseconds since) {
    return wall_from_unix_ms(1'800'000'000'000) + since;
}

Ticket fresh() {
    Ticket ticket;
    ticket.number = 7;
    ticket.title = "disk";
    ticket.priority = "normal";
    ticket.watch.run(true, at(0ms));
    return ticket;
}

Edit with_status(Status status) {
    Edit edit;
    edit.status = status;
    return edit;
}

Error refused(const Edit& edit) {
    const auto answer = edited(fresh(), edit, at(1s));
    BOOST_REQUIRE(!answer.has_value());
    return answer.error();
}

BOOST_AUTO_TEST_SUITE(ticket)

BOOST_AUTO_TEST_CASE(what_an_edit_does_not_say_stays) {
    Edit edit;
    edit.assignee = "anna";
    edit.labels = {{"team", "db"}};
    const auto after = edited(fresh(), edit, at(1s)).value();
    BOOST_TEST(after.title == "disk");
    BOOST_TEST(after.assignee == "anna");
    BOOST_TEST((after.labels == Labels{{"team", "db"}}));
    BOOST_TEST((after.status == Status::new_));
    edit = {};
    edit.labels = {{"team", ""}, {"site", "a"}};
    BOOST_TEST((edited(after, edit, at(2s)).value().labels == Labels{{"site", "a"}}));
}

BOOST_AUTO_TEST_CASE(texts_are_bounded_and_a_refusal_names_the_field) {
    Edit edit;
    std::string letters;
    for (int i = 0; i < 200; ++i) {
        letters += "ü";  // two bytes each
    }
    edit.title = letters;
    BOOST_TEST(edited(fresh(), edit, at(1s)).has_value());
    edit.title = letters + "ü";
    BOOST_TEST((refused(edit).code == ErrorCode::too_large));
    BOOST_TEST(refused(edit).message == "title: has 201 letters, 200 at most");
    edit.title = "two\nlines";
    BOOST_TEST(refused(edit).message.starts_with("title: must be one line"));
    edit.title = "  ";
    BOOST_TEST((refused(edit).code == ErrorCode::malformed));
    edit = {};
    edit.description = std::string(16 * 1024, 'x');
    BOOST_TEST(edited(fresh(), edit, at(1s)).has_value());
    edit.description->push_back('x');
    BOOST_TEST(refused(edit).message == "description: has 16385 bytes, 16384 at most");
    edit = {};
    edit.assignee = "anna\x1b[2J";
    BOOST_TEST(refused(edit).message.starts_with("assignee: must be one line"));
    edit = {};
    for (int i = 0; i < 65; ++i) {
        edit.labels.emplace(fmt::format("l{}", i), "x");
    }
    BOOST_TEST((refused(edit).code == ErrorCode::too_large));
    BOOST_TEST(check_comment(std::string(16 * 1024, 'x')).has_value());
    BOOST_TEST((check_comment(std::string(16 * 1024 + 1, 'x')).error().code == ErrorCode::too_large));
    BOOST_TEST((check_comment(" \n").error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(time_counts_while_it_is_new_or_open_and_stops_while_it_is_pending) {
    auto one = edited(fresh(), with_status(Status::open), at(10min)).value();
    BOOST_TEST((one.responded_after == milliseconds(10min)));
    one = edited(one, with_status(Status::pending), at(1h)).value();
    BOOST_TEST((one.watch.at(at(3h)) == 1h));
    one = edited(one, with_status(Status::open), at(3h)).value();
    BOOST_TEST((one.watch.at(at(4h)) == 2h));
    one = edited(one, with_status(Status::resolved), at(5h)).value();
    BOOST_TEST((one.resolved_at == at(5h)));
    BOOST_TEST((one.watch.at(at(99h)) == 3h));
    one = edited(one, with_status(Status::closed), at(6h)).value();
    BOOST_TEST((one.resolved_at == at(5h)));  // the end stays the end
    one = edited(one, with_status(Status::open), at(100h)).value();
    BOOST_TEST(!one.resolved_at.has_value());
    BOOST_TEST((one.watch.at(at(101h)) == 4h));
    BOOST_TEST((one.responded_after == milliseconds(10min)));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_takes_nothing_away) {
    Stopwatch watch;
    watch.run(true, at(1h));
    BOOST_TEST((watch.at(at(0h)) == 0ms));
    watch.run(false, at(0h));
    BOOST_TEST((watch.counted == 0ms));
}

BOOST_AUTO_TEST_CASE(nothing_becomes_new_again) {
    const auto one = edited(fresh(), with_status(Status::open), at(1s)).value();
    const auto again = edited(one, with_status(Status::new_), at(2s));
    BOOST_REQUIRE(!again.has_value());
    BOOST_TEST(again.error().message.find("cannot become new") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(differences_tell_what_changed_and_of_long_texts_the_beginning) {
    auto after = fresh();
    set_status(after, Status::pending, at(1s));
    after.description = std::string(300, 'd');
    const auto fields = differences(fresh(), after);
    BOOST_REQUIRE(fields.size() == 2u);
    BOOST_TEST(fields[0].field == "description");
    BOOST_TEST(fields[0].to == std::string(200, 'd'));
    BOOST_TEST((fields[1] == FieldChange{"status", "new", "pending"}));
    BOOST_TEST(differences(after, after).empty());
}

BOOST_AUTO_TEST_CASE(titles_of_others_are_one_line_of_whole_letters) {
    BOOST_TEST(as_title("a\nb\x1b[2J") == "a b [2J");
    BOOST_TEST(as_title(" ") == "(no title)");
    std::string letters;
    for (int i = 0; i < 300; ++i) {
        letters += "ü";
    }
    BOOST_TEST(as_title(letters).size() == 400u);
    BOOST_TEST(as_title(std::string(5000, '\x80')).size() == 797u);  // no letter ends there
    BOOST_TEST(shortened("aü", 2) == "a");
}

BOOST_AUTO_TEST_CASE(each_status_has_a_name_that_is_read_back) {
    for (const auto status : {Status::new_, Status::open, Status::pending, Status::resolved, Status::closed}) {
        BOOST_TEST((status_named(name_of(status)) == status));
    }
    BOOST_TEST(!status_named("done").has_value());
}

// zammad/zammad#1131
BOOST_AUTO_TEST_CASE(bounces_and_automatic_answers_are_told_from_what_people_write) {
    const auto is_automatic = [](const std::string& name, const std::string& value) {
        return why_automatic({{"From", "a@example.org"}, {name, value}}).has_value();
    };
    BOOST_TEST(is_automatic("Auto-Submitted", "auto-replied"));
    BOOST_TEST(is_automatic("auto-submitted", " Auto-Generated; x=y"));
    BOOST_TEST(is_automatic("Return-Path", "<>"));
    BOOST_TEST(is_automatic("Return-Path", " < >") == false);
    BOOST_TEST(is_automatic("Precedence", "bulk"));
    BOOST_TEST(is_automatic("X-Auto-Response-Suppress", "All"));
    BOOST_TEST(is_automatic("Content-Type", "multipart/report; report-type=delivery-status"));
    BOOST_TEST(!is_automatic("Auto-Submitted", "no"));
    BOOST_TEST(!is_automatic("Return-Path", "<anna@example.org>"));
    BOOST_TEST(!is_automatic("Precedence", "list"));
    BOOST_TEST(!is_automatic("List-Id", "<support.example.org>"));
    BOOST_TEST(!is_automatic("Content-Type", "text/plain"));
    BOOST_TEST(!why_automatic({}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::tickets

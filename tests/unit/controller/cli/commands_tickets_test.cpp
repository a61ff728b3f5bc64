#include <boost/test/unit_test.hpp>
#include <sstream>

#include "controller/cli/cli.hpp"
#include "controller/cli/ticket_page.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Asked {
    std::vector<Request> requests;
    std::ostringstream out;
    std::ostringstream err;
    std::vector<Json> answers{Json::object()};  // the last one again and again

    int run(const std::vector<std::string>& words) {
        const Surroundings world{.ask = [this](const Door&, const Request& request) -> Result<Json> {
                                     requests.push_back(request);
                                     return answers[std::min(requests.size(), answers.size()) - 1];
                                 },
                                 .make_key = {},
                                 .now_unix_ms = [] { return int64_t{0}; },
                                 .pause = [](milliseconds) { return false; },
                                 .environment = {},
                                 .is_terminal = false,
                                 .out = out,
                                 .err = err};
        return run_cli(words, world);
    }
    Json asked(size_t place) const { return requests.at(place).arguments; }
};

Json ticket(int number, const std::string& title) {
    return {
        {"id", std::to_string(number)},
        {"number", number},
        {"version", 3},
        {"title", title},
        {"description", "first\nsecond \x1b[2J"},
        {"status", "open"},
        {"priority", "high"},
        {"requester", "anna"},
        {"assignee", ""},
        {"labels", {{"team", "ops"}}},
        {"host", "web-1"},
        {"alert", ""},
        {"run", ""},
        {"follows", nullptr},
        {"comments", 1},
        {"created_at", "1970-01-01T00:00:00.000Z"},
        {"changed_at", "1970-01-01T00:00:00.000Z"},
        {"resolved_at", nullptr},
        {"comment_list", {{{"number", 1}, {"at", "1970-01-01T00:00:00.000Z"}, {"author", "bob"}, {"text", "=1+1"}}}}};
}
}  // namespace

BOOST_FIXTURE_TEST_SUITE(commands_tickets, Asked)

BOOST_AUTO_TEST_CASE(create_says_what_was_given_and_no_more) {
    BOOST_TEST(run({"tickets", "create", "disk full", "--priority", "high", "-l", "team=ops"}) == exit_ok);
    BOOST_TEST(requests.at(0).verb == "tickets.create");
    BOOST_TEST(asked(0).dump() == R"({"labels":{"team":"ops"},"priority":"high","title":"disk full"})");
    BOOST_TEST(run({"tickets", "create", "x", "--header", "Auto-Submitted: auto-replied", "--header", "Odd"}) ==
               exit_ok);
    BOOST_TEST(asked(1)["headers"].dump() == R"({"Auto-Submitted":"auto-replied","Odd":""})");
    BOOST_TEST(run({"tickets", "create"}) == exit_usage);
    BOOST_TEST(run({"tickets", "create", ""}) == exit_usage);
    answers = {ticket(7, "x")};
    out.str("");
    BOOST_TEST(run({"tickets", "create", "x", "-o", "name"}) == exit_ok);
    BOOST_TEST(out.str() == "7\n");
}

BOOST_AUTO_TEST_CASE(an_update_that_names_no_version_asks_for_it_first_and_one_that_does_is_sent_as_it_is) {
    answers = {ticket(7, "x")};
    BOOST_TEST(run({"tickets", "update", "7", "--assignee", "bob"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 2u);
    BOOST_TEST(requests[0].verb == "tickets.show");
    BOOST_TEST(requests[1].verb == "tickets.update");
    BOOST_TEST(asked(1).dump() == R"({"assignee":"bob","number":7,"version":3})");
    requests.clear();
    BOOST_TEST(run({"tickets", "update", "7", "--version", "2", "--assignee", "-"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 1u);
    BOOST_TEST(asked(0).dump() == R"({"assignee":"","number":7,"version":2})");
    requests.clear();
    BOOST_TEST(run({"tickets", "close", "7", "--comment", "new disk"}) == exit_ok);
    BOOST_TEST(asked(1).dump() == R"({"comment":"new disk","number":7,"status":"closed","version":3})");
    requests.clear();
    BOOST_TEST(run({"tickets", "comment", "7", "looking"}) == exit_ok);
    BOOST_TEST(asked(0).dump() == R"({"number":7,"text":"looking"})");
    BOOST_TEST(run({"tickets", "update", "seven", "--assignee", "bob"}) == exit_usage);
    BOOST_TEST(run({"tickets", "update", "0"}) == exit_usage);
    requests.clear();
    answers = {Json::array()};
    BOOST_TEST(run({"tickets", "close", "7"}) == exit_failure);
    BOOST_TEST(requests.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_list_is_a_table_that_says_where_it_goes_on) {
    answers = {{{"tickets", {ticket(12, "disk full"), ticket(3, "odd \x1b[2J")}}, {"next_before", 3}}};
    BOOST_TEST(run({"tickets", "list", "--status", "open", "--before", "40"}) == exit_ok);
    BOOST_TEST(asked(0).dump() == R"({"before":40,"limit":50,"status":"open"})");
    BOOST_TEST(out.str() ==
               "TICKET  STATUS  PRIORITY  TITLE        HOST   ASSIGNEE  CHANGED\n"
               "    12  open    high      disk full    web-1  -         0s ago\n"
               "     3  open    high      odd \\x1b[2J  web-1  -         0s ago\n"
               "… more with --before 3\n");
    out.str("");
    BOOST_TEST(run({"tickets", "list", "-o", "name"}) == exit_ok);
    BOOST_TEST(out.str() == "12\n3\n");
}

BOOST_AUTO_TEST_CASE(one_ticket_is_shown_with_its_texts_line_by_line_and_nothing_steers_the_terminal) {
    auto one = ticket(7, "disk full");
    one["history"] = {{{"version", 1},
                       {"at", "1970-01-01T00:00:00.000Z"},
                       {"author", "anna"},
                       {"what", "changed"},
                       {"fields", {{{"field", "status"}, {"from", "new"}, {"to", "open"}}}}}};
    answers = {one};
    BOOST_TEST(run({"tickets", "show", "7"}) == exit_ok);
    const auto text = out.str();
    BOOST_TEST(text.find("description\n  first\n  second \\x1b[2J\n") != std::string::npos, text);
    BOOST_TEST(text.find("comments\n1970-01-01T00:00:00.000Z  bob\n  =1+1\n") != std::string::npos, text);
    BOOST_TEST(text.find("anna changed, status: 'new' -> 'open'\n") != std::string::npos, text);
    BOOST_TEST(text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_export_asks_page_by_page) {
    answers = {{{"tickets", {ticket(1, "a"), ticket(2, "b")}}, {"next_after", 2}},
               {{"tickets",
                 {ticket(3,
                         "c\xc2\x9b"
                         "2J")}},
                {"next_after", nullptr}}};
    BOOST_TEST(run({"tickets", "export"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 2u);
    BOOST_TEST(asked(0).dump() == "{}");
    BOOST_TEST(asked(1).dump() == R"({"after":2})");
    std::istringstream lines(out.str());
    std::vector<int> numbers;
    for (std::string line; std::getline(lines, line);) {
        numbers.push_back(Json::parse(line)["number"].get<int>());
    }
    BOOST_TEST(numbers == (std::vector<int>{1, 2, 3}), boost::test_tools::per_element());
    BOOST_TEST(out.str().find('\xc2') == std::string::npos);
    BOOST_TEST(run({"tickets", "export", "-o", "json"}) == exit_usage);
    BOOST_TEST(run({"tickets", "export", "--format", "xml"}) == exit_usage);
}

BOOST_AUTO_TEST_CASE(a_spreadsheet_gets_rows_and_no_formulas) {
    answers = {{{"tickets", {ticket(7, "=HYPERLINK(\"http://x\")")}}, {"next_after", nullptr}}};
    BOOST_TEST(run({"tickets", "export", "--format", "csv"}) == exit_ok);
    BOOST_TEST(out.str() ==
               "number,kind,at,author,title,text,status,priority,assignee,host,alert,run,labels,follows,resolved_at\r\n"
               "7,ticket,1970-01-01T00:00:00.000Z,anna,\"'=HYPERLINK(\"\"http://x\"\")\",\"first\nsecond "
               "\\x1b[2J\",open,high,,web-1,,,team=ops,,\r\n"
               "7,comment,1970-01-01T00:00:00.000Z,bob,\"'=HYPERLINK(\"\"http://x\"\")\",'=1+1,,,,,,,,,\r\n");
    const auto cell_of = [](const std::string& text) {
        auto one = ticket(1, text);
        one["comment_list"] = Json::array();
        const auto row = csv_of(one);
        const auto begin = row.find("anna,") + 5;
        return row.substr(begin, row.find(",\"first") - begin);
    };
    for (const auto* formula : {"=1", "+1", "-1", "@A1", " =1"}) {
        BOOST_TEST(cell_of(formula) == std::string("'") + formula);
    }
    BOOST_TEST(cell_of("\t=1") == "\\x09=1");  // shown as text
    BOOST_TEST(cell_of("a;b") == "\"a;b\"");
    BOOST_TEST(cell_of("1-2=3") == "1-2=3");
    auto bare = ticket(1, "a");
    bare["labels"] = Json::object();
    BOOST_TEST(csv_of(bare).find("web-1,,,,,\r\n") != std::string::npos, csv_of(bare));
}

BOOST_AUTO_TEST_CASE(an_export_that_cannot_be_written_is_a_failure) {
    answers = {{{"tickets", {ticket(1, "a")}}, {"next_after", nullptr}}};
    out.setstate(std::ios::badbit);  // as on a full disk
    BOOST_TEST(run({"tickets", "export"}) == exit_failure);
    BOOST_TEST(err.str().find("not whole") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

#include "controller/app/ticket_hook.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/app/answers_tickets.hpp"
#include "controller/audit/chain.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

struct Answers final : web::HttpAnswers {
    std::vector<web::HttpResponse> all;
    void answer(web::ExchangeId, web::HttpResponse response) override { all.push_back(std::move(response)); }
};

struct Hooked : World {
    tickets::TicketBook book{memory, {}};
    Answers answers;
    std::unique_ptr<TicketHook> hook;

    Hooked() {
        add_ticket_answers(desk, *sources, book);
        BOOST_REQUIRE(files.write_atomically(folder / "token", "0123456789abcdef\n", 0600).has_value());
        web::Access access;
        BOOST_REQUIRE(access.read_token(folder / "token").has_value());
        hook = std::make_unique<TicketHook>(std::move(access), desk);
    }
    web::HttpResponse post(const std::string& body, const std::string& token = "0123456789abcdef",
                           const std::string& method = "POST", const std::string& target = "/tickets") {
        answers.all.clear();
        web::HttpRequest request;
        request.method = method;
        request.target = target;
        request.authorization = "Bearer " + token;
        request.body = body;
        hook->take(1, request, answers);
        settle();
        BOOST_REQUIRE(answers.all.size() == 1u);
        return answers.all[0];
    }
};

BOOST_FIXTURE_TEST_SUITE(ticket_hook, Hooked)

BOOST_AUTO_TEST_CASE(a_post_makes_or_changes_a_ticket_and_is_audited) {
    const auto made = post(R"({"reference": "OPS-12", "title": "disk full", "labels": {"team": "db"}})");
    BOOST_TEST(made.status == 200, made.body);
    BOOST_TEST(decode_answer(made.body).value()["number"] == 1);
    BOOST_TEST(post(R"({"reference": "OPS-12", "status": "resolved"})").status == 200);
    const auto shown = ask("tickets.show", {{"number", 1}}).value();
    BOOST_TEST(shown["status"] == "resolved");
    BOOST_TEST(shown["reference"] == "OPS-12");
    const auto log = newest_audit(memory, {}).value();
    BOOST_REQUIRE(log.size() == 2u);
    BOOST_TEST(log[0].entry.user == "the tracker");
    BOOST_TEST(log[0].entry.verb == "tickets.sync");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_says_why_and_whether_to_try_again) {
    BOOST_TEST(post("{}", "wrong").status == 401);
    BOOST_TEST(post("{}", "0123456789abcdef", "GET").status == 405);
    BOOST_TEST(post("{}", "0123456789abcdef", "POST", "/").status == 404);
    BOOST_TEST(post("[]").status == 400);
    BOOST_TEST(post("no json").status == 400);
    BOOST_TEST(post("{}").status == 400);  // no reference
    BOOST_TEST(post(R"({"reference": "a", "title": "b", "jobs": "x"})").status == 400);
    BOOST_TEST(post(R"({"reference": "a", "number": 9})").status == 404);
    BOOST_TEST(post(R"({"reference": "a"}, "verb": "keys.revoke", "arguments": {"host": "web-1"})").status == 400);
    memory.fail_commits_with = disk_full;
    BOOST_TEST(post(R"({"reference": "a", "title": "b"})").status == 503);
    memory.fail_commits_with.reset();
    BOOST_TEST(rows(Family::tickets) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller

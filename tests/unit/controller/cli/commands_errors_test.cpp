#include "tests/unit/controller/cli/asked.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Asked : tests::Asked {
    Asked() { now_unix_ms = 1'800'000'120'000; }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(commands_errors, Asked)

BOOST_AUTO_TEST_CASE(list_asks_and_shows_a_table) {
    answer = {{{"id", "5c51fa0f8d4e2b7a"},
               {"short_id", "5c51fa0f"},
               {"state", "new"},
               {"count", 312},
               {"hosts", 4},
               {"last_seen_at", "2027-01-15T08:00:00.000Z"},
               {"exception", "ValueError"},
               {"message", "no such user"}}};
    BOOST_TEST(run({"errors", "list", "--state", "all", "--host", "web-1"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 1u);
    BOOST_TEST(requests[0].verb == "errors.list");
    BOOST_TEST(requests[0].arguments.dump() == R"({"host":"web-1","limit":50,"state":"all"})");
    BOOST_TEST(out.str().find("5c51fa0f  new") != std::string::npos, out.str());
    BOOST_TEST(out.str().find("2m ago") != std::string::npos, out.str());
}

BOOST_AUTO_TEST_CASE(show_has_the_stack_below_and_no_steering_of_terminals) {
    answer = {{"id", "5c51fa0f8d4e2b7a"}, {"state", "new"}, {"stack", "Traceback\n  at \x1b[2J"}};
    BOOST_TEST(run({"errors", "show", "5c51"}) == exit_ok);
    BOOST_TEST(requests[0].arguments.dump() == R"({"id":"5c51"})");
    BOOST_TEST(out.str().ends_with("\nstack\n  Traceback\n    at \\x1b[2J\n"), out.str());
}

BOOST_AUTO_TEST_CASE(resolve_and_ignore_need_an_id) {
    answer = {{"id", "5c51fa0f8d4e2b7a"}, {"state", "resolved"}};
    BOOST_TEST(run({"errors", "resolve", "5c51"}) == exit_ok);
    BOOST_TEST(run({"errors", "ignore", "5c51"}) == exit_ok);
    BOOST_REQUIRE(requests.size() == 2u);
    BOOST_TEST(requests[0].verb == "errors.resolve");
    BOOST_TEST(requests[1].verb == "errors.ignore");
    BOOST_TEST(run({"errors", "resolve"}) == exit_usage);
    BOOST_TEST(run({"errors", "ignore", ""}) == exit_usage);
}

BOOST_AUTO_TEST_SUITE_END()

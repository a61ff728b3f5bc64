#include <boost/test/unit_test.hpp>
#include <sstream>

#include "controller/cli/cli.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct AuditCommands {
    std::ostringstream out;
    std::ostringstream err;
    Request asked;
    std::map<std::string, std::string> environment;
    std::vector<std::string> made;
    Result<Json> answer = Json::array();
    Result<std::string> key = std::string(40, 'k');

    int run(const std::vector<std::string>& words) {
        out.str("");
        err.str("");
        return run_cli(words, {.ask =
                                   [this](const Door&, const Request& request) {
                                       asked = request;
                                       return answer;
                                   },
                               .make_key =
                                   [this](const std::string& path, const std::string& controller_key) {
                                       made = {path, controller_key};
                                       return key;
                                   },
                               .now_unix_ms = [] { return int64_t{0}; },
                               .pause = [](milliseconds) { return false; },
                               .environment = environment,
                               .is_terminal = false,
                               .columns = 100,
                               .out = out,
                               .err = err});
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(audit_commands, AuditCommands)

BOOST_AUTO_TEST_CASE(the_log_is_a_table) {
    answer = Json::array({{{"seq", 7},
                           {"at", "2027-01-15T08:00:00.000Z"},
                           {"user", "anna"},
                           {"verb", "jobs.run"},
                           {"outcome", "ok"},
                           {"detail", "20270115T080000Z-1"},
                           {"arguments", R"({"job":"etc"})"}}});
    BOOST_TEST(run({"audit", "list", "--since", "1h", "--user", "anna"}) == 0);
    BOOST_TEST((asked.arguments == Json{{"since_ms", 3'600'000}, {"user", "anna"}, {"verb", ""}, {"limit", 100}}));
    BOOST_TEST(run({"audit", "list", "--before", "43"}) == 0);
    BOOST_TEST(asked.arguments["before"] == 43);
    BOOST_TEST(out.str() ==
               "SEQ  AT                        USER  COMMAND   OUTCOME  DETAIL              ARGUMENTS\n"
               "  7  2027-01-15T08:00:00.000Z  anna  jobs.run  ok       20270115T080000Z-1  {\"job\":\"etc\"}\n");
}

BOOST_AUTO_TEST_CASE(a_whole_log_exits_0_and_another_6) {
    answer = Json{{"is_whole", true}, {"records", 5}, {"last_seq", 5}, {"head", "ab"}, {"finding", nullptr}};
    BOOST_TEST(run({"audit", "verify"}) == 0);
    BOOST_TEST(out.str() == "whole: 5 records up to 5\nhead ab\n");
    answer = Json{{"is_whole", false}, {"records", 3}, {"finding", "record 4: it is missing"}};
    BOOST_TEST(run({"audit", "verify", "--head", "cd"}) == 6);
    BOOST_TEST((asked.arguments == Json{{"head", "cd"}}));
    BOOST_TEST(out.str() == "not whole: record 4: it is missing\n3 records before it are as they were written\n");
    answer = Json{{"records", 3}};  // of a release that says it otherwise: never called whole
    BOOST_TEST(run({"audit", "verify", "-o", "json"}) == 6);
}

BOOST_AUTO_TEST_CASE(a_key_is_made_here_and_its_line_is_printed) {
    BOOST_TEST(run({"keygen", "my.key", "--name", "anna", "--controller-key", "K"}) == 0);
    BOOST_TEST(asked.verb == "");
    BOOST_TEST((made == std::vector<std::string>{"my.key", "K"}));
    BOOST_TEST(out.str().ends_with("\n- {name: anna, key: '" + *key + "', role: viewer}\n"));
    environment = {{"VIGIE_CONTROLLER_KEY", "E"}, {"VIGIE_CONTROLLER", "tcp://a:1"}};
    BOOST_TEST(run({"keygen", "my.key", "--name", "anna"}) == 0);
    BOOST_TEST((made == std::vector<std::string>{"my.key", "E"}));
    made.clear();
    for (const auto* flag : {"--socket", "--controller", "--key"}) {
        BOOST_TEST(run({"keygen", "my.key", "--name", "anna", flag, "x"}) == 2, flag);
        BOOST_TEST(err.str().find("keygen asks no controller") != std::string::npos, flag);
    }
    for (const auto* name : {"7", "uid 7", "controller"}) {
        BOOST_TEST(run({"keygen", "my.key", "--name", name}) == 2, name);
    }
    BOOST_TEST(made.empty());
    BOOST_TEST(run({"keygen", "my.key"}) == 2);
    BOOST_TEST(run({"keygen", "my.key", "--name", "anna", "--role", "root"}) == 2);
    key = fail(ErrorCode::exists, "my.key is there already");
    BOOST_TEST(run({"keygen", "my.key", "--name", "anna"}) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

#include "controller/cli/cli.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>

#include "controller/cli/render.hpp"
#include "controller/cli/sparkline.hpp"
#include "controller/cli/table.hpp"
#include "shared/core/time.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct CommandLine {
    std::ostringstream out;
    std::ostringstream err;
    std::string asked_socket;
    Request asked;
    Result<Json> answer = Json::array();
    std::map<std::string, std::string> environment;

    int run(const std::vector<std::string>& words) {
        out.str("");
        err.str("");
        const Surroundings world{
            .ask =
                [this](const std::string& socket, const Request& request) {
                    asked_socket = socket;
                    asked = request;
                    return answer;
                },
            .now_unix_ms = [] { return int64_t{1'700'000'100'000}; },
            .pause = [](milliseconds) { return false; },
            .environment = environment,
            .out = out,
            .err = err,
        };
        return run_cli(words, world);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(command_line, CommandLine)

BOOST_AUTO_TEST_CASE(hosts_are_listed_as_a_table) {
    answer = Json::array({{{"host", "web-1"},
                           {"state", "up"},
                           {"last_heard_at", "2023-11-14T22:14:56Z"},
                           {"agent_version", "0.1.0"},
                           {"labels", {{"env", "prod"}}}}});
    BOOST_TEST(run({"hosts", "list", "-l", "env=prod"}) == 0);
    BOOST_TEST(asked.verb == "hosts.list");
    BOOST_TEST(asked.arguments["labels"]["env"] == "prod");
    // 1,700,000,100 s is 22:15:00; the host was heard at 22:14:56.
    BOOST_TEST(out.str() ==
               "HOST   STATE  HEARD   VERSION  LABELS\n"
               "web-1  up     4s ago  0.1.0    env=prod\n");
}

BOOST_AUTO_TEST_CASE(only_what_was_written_is_asked) {
    answer = Json::array();
    BOOST_TEST(run({"runs", "list", "--since", "1h30m"}) == 0);
    BOOST_TEST(asked.arguments["since_ms"] == 5'400'000);
    BOOST_TEST(!asked.arguments.contains("labels"));
    BOOST_TEST(run({"metrics", "web-1"}) == 0);
    BOOST_TEST((asked.arguments == Json{{"host", "web-1"}}));
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_form_is_refused) {
    answer = Json::object({{"series", Json::array({Json::object({{"points", Json::array({"x"})}})})}});
    BOOST_TEST(run({"metrics", "web-1", "node_load1"}) == 1);
    BOOST_TEST(err.str().find("another form") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(values_that_are_no_number_do_not_hide_the_others) {
    answer = Json::object(
        {{"name", "a"},
         {"series", Json::array({Json::object({{"labels", Json::object()},
                                               {"points", Json::array({Json::array({1, nullptr}), Json::array({2, 4.0}),
                                                                       Json::array({3, 2.0})})}})})}});
    BOOST_TEST(run({"metrics", "web-1", "a"}) == 0);
    BOOST_TEST(out.str().find("now 2  min 2  max 4  (3 samples)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_is_the_answer_itself) {
    answer = Json::array({{{"host", "web-1"}}});
    BOOST_TEST(run({"hosts", "list", "-o", "json"}) == 0);
    BOOST_TEST((Json::parse(out.str()) == *answer));
    BOOST_TEST(run({"hosts", "list", "-o", "name"}) == 0);
    BOOST_TEST(out.str() == "web-1\n");
}

BOOST_AUTO_TEST_CASE(a_flag_wins_over_the_environment) {
    environment = {{"VIGIE_SOCKET", "/from/environment"}, {"VIGIE_OUTPUT", "json"}};
    BOOST_TEST(run({"status"}) == 0);
    BOOST_TEST(asked_socket == "/from/environment");
    BOOST_TEST(run({"status", "--socket", "/from/flag"}) == 0);
    BOOST_TEST(asked_socket == "/from/flag");
    environment.clear();
    BOOST_TEST(run({"status"}) == 0);
    BOOST_TEST(asked_socket == "/run/vigie/operator.sock");
}

BOOST_AUTO_TEST_CASE(usage_errors_exit_2_and_suggest) {
    BOOST_TEST(run({"hosts", "lst"}) == 2);
    BOOST_TEST(err.str().find("unknown command 'lst', did you mean 'list'?") != std::string::npos);
    BOOST_TEST(run({"alrets"}) == 2);
    BOOST_TEST(err.str().find("did you mean 'alerts'?") != std::string::npos);
    BOOST_TEST(run({"--socket", "/x", "-l", "env=prod", "--watch", "hosst", "list"}) == 2);
    BOOST_TEST(err.str().find("unknown command 'hosst', did you mean 'hosts'?") != std::string::npos);
    BOOST_TEST(run({}) == 2);
    BOOST_TEST(run({"hosts", "show"}) == 2);
    BOOST_TEST(run({"hosts", "list", "-o", "xml"}) == 2);
    BOOST_TEST(run({"hosts", "list", "-l", "prod"}) == 2);
    BOOST_TEST(run({"hosts", "list", "--since", "yesterday"}) == 2);
}

BOOST_AUTO_TEST_CASE(errors_have_their_exit_codes) {
    answer = fail(ErrorCode::unavailable, "no controller answers at /x");
    BOOST_TEST(run({"status"}) == 5);
    BOOST_TEST(err.str() == "vigie: no controller answers at /x\n");
    answer = fail(ErrorCode::denied, "no");
    BOOST_TEST(run({"jobs", "run", "etc"}) == 4);
    answer = fail(ErrorCode::not_found, "host 'x' is not enrolled");
    BOOST_TEST(run({"hosts", "show", "x", "-o", "json"}) == 1);
    BOOST_TEST(Json::parse(err.str())["error"]["code"] == "not_found");
}

BOOST_AUTO_TEST_CASE(doctor_exits_6_on_findings) {
    answer = Json::array({{{"check", "disk"}, {"state", "ok"}}});
    BOOST_TEST(run({"doctor"}) == 0);
    answer->push_back({{"check", "clock"}, {"state", "warning"}, {"advice", "start chrony"}});
    BOOST_TEST(run({"doctor"}) == 6);
}

BOOST_AUTO_TEST_CASE(metrics_show_a_sparkline) {
    answer = {{"name", "node_load1"}, {"from_unix_ms", 0}, {"to_unix_ms", 4000}, {"series", Json::array()}};
    (*answer)["series"].push_back(
        {{"labels", {{"instance", "web-1"}}}, {"points", {{0, 0.0}, {1000, 1.0}, {3000, 0.5}}}});
    BOOST_TEST(run({"metrics", "web-1", "node_load1"}) == 0);
    BOOST_TEST(asked.verb == "metrics.show");
    BOOST_TEST(out.str().find("now 0.5  min 0  max 1  (3 samples)") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(looks)

BOOST_AUTO_TEST_CASE(sparkline_scales_between_its_minimum_and_maximum) {
    BOOST_TEST(sparkline({{0, 1}, {10, 2}, {30, 8}}, 0, 40, 4) == "▁▂ █");
    BOOST_TEST(sparkline({{0, 5}, {10, 5}}, 0, 20, 2) == "▁▁");
    BOOST_TEST(sparkline({}, 0, 20, 2) == "  ");
}

BOOST_AUTO_TEST_CASE(names_alone_are_harmless_too) {
    Look look;
    look.format = Format::name;
    const auto shown = render("backups.list", Json::parse(R"([{"snapshot":"a\u001b[2Jb"},{"snapshot":"c"}])"), look);
    BOOST_TEST(shown == "a\\x1b[2Jb\nc\n");
}

BOOST_AUTO_TEST_CASE(tables_align_by_display_width_and_defuse_control_characters) {
    BOOST_TEST(display_width("é") == 1u);
    BOOST_TEST(display_width("日本") == 4u);
    BOOST_TEST(harmless("a\x1b[31m\n") == "a\\x1b[31m\\x0a");
    BOOST_TEST(render_table({"A", "B"}, {{{"日本"}, {"x"}}, {{"é"}, {"y"}}}, false) == "A     B\n日本  x\né     y\n");
}

BOOST_AUTO_TEST_SUITE_END()

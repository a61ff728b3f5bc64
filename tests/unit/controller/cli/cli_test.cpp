#include "controller/cli/cli.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "controller/cli/fields.hpp"
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
    Door asked_door;
    Request asked;
    Result<Json> answer = Json::array();
    std::map<std::string, std::string> environment{{"NO_COLOR", "1"}};
    bool is_terminal = false;
    size_t columns = 100;

    // The words must be refused before anything is asked, with exit code 2, in at most two lines.
    std::string refused(const std::vector<std::string>& words) {
        asked.verb.clear();
        BOOST_TEST(run(words) == 2);
        BOOST_TEST(asked.verb == "");
        BOOST_TEST(std::ranges::count(err.str(), '\n') <= 2);
        return err.str().substr(0, err.str().find('\n'));
    }
    int run(const std::vector<std::string>& words) {
        out.str("");
        err.str("");
        const Surroundings world{
            .ask =
                [this](const Door& door, const Request& request) {
                    asked_door = door;
                    asked = request;
                    return answer;
                },
            .make_key = {},
            .now_unix_ms = [] { return int64_t{1'700'000'100'000}; },
            .pause = [](milliseconds) { return false; },
            .ask_person = [](const std::string&) { return std::optional<std::string>(); },
            .environment = environment,
            .is_terminal = is_terminal,
            .columns = columns,
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
    BOOST_TEST(asked_door.socket == "/from/environment");
    BOOST_TEST(run({"status", "--socket", "/from/flag"}) == 0);
    BOOST_TEST(asked_door.socket == "/from/flag");
    environment.clear();
    BOOST_TEST(run({"status"}) == 0);
    BOOST_TEST(asked_door.socket == "/run/vigie/operator.sock");
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
}

BOOST_AUTO_TEST_CASE(an_option_that_a_command_does_not_take_is_named_as_it_was_written) {
    BOOST_TEST(refused({"hosts", "list", "--since", "1h"}) == "vigie: hosts list does not take --since");
    BOOST_TEST(refused({"metrics", "web-1", "--since", "1h"}) == "vigie: metrics HOST does not take --since");
    BOOST_TEST(refused({"-l", "env=prod", "runs", "list"}) == "vigie: runs list does not take -l");
    BOOST_TEST(refused({"enrol", "token", "--watch"}) == "vigie: enrol token does not take --watch");
    BOOST_TEST(refused({"runs", "list", "--since", "yesterday"}).find("vigie: --since: ") == 0u);
    BOOST_TEST(refused({"runs", "list", "--limit", "0"}).find("--limit") != std::string::npos);
    for (const auto& words : std::vector<std::vector<std::string>>{{"hosts", "show", ""},
                                                                   {"jobs", "run", "etc", "--host", ""},
                                                                   {"metrics", "web-1", ""},
                                                                   {"runs", "list", "--host="}}) {
        BOOST_TEST((refused(words).find(" is empty") != std::string::npos ||
                    refused(words).find("needs a value") != std::string::npos));
    }
    BOOST_TEST(refused({"hosts", "list", "--nonsense"}).find("--nonsense") != std::string::npos);
    BOOST_TEST(refused({"hosts", "show"}).find("HOST is required") != std::string::npos);
    BOOST_TEST(refused({"jobs"}) != "");
}

BOOST_AUTO_TEST_CASE(a_job_runs_nowhere_unless_it_is_said_where) {
    const auto* where = "vigie: jobs run: say where: one of --host HOST, -l name=value and --all";
    BOOST_TEST(refused({"jobs", "run", "etc"}) == where);
    BOOST_TEST(refused({"jobs", "run", "etc", "--all", "--host", "web-1"}) == where);
    BOOST_TEST(refused({"jobs", "run", "etc", "-l", "env=prod", "--host", "web-1"}) == where);
    answer = Json{{"runs", {{{"id", "0123456789abcdef"}, {"short_id", "01234567"}, {"host", "web-1"}, {"note", ""}}}}};
    BOOST_TEST(run({"jobs", "run", "etc", "--all"}) == 0);
    BOOST_TEST(asked.arguments["all"] == true);
    BOOST_TEST(out.str() == "RUN       HOST   NOTE\n01234567  web-1  -\n");
    BOOST_TEST(run({"jobs", "run", "etc", "--host", "web-1", "-o", "name"}) == 0);
    BOOST_TEST(!asked.arguments.contains("all"));
    BOOST_TEST(out.str() == "0123456789abcdef\n");
}

BOOST_AUTO_TEST_CASE(what_the_controller_cannot_make_sense_of_is_a_usage_error) {
    answer = fail(ErrorCode::malformed, "'done' is not a state of a run");
    BOOST_TEST(run({"runs", "list", "--state", "done"}) == 2);
    BOOST_TEST(err.str() == "vigie: 'done' is not a state of a run\n");
}

BOOST_AUTO_TEST_CASE(an_answer_without_names_is_not_shown_as_nothing) {
    answer = Json{{"version", "0.1.0"}, {"hosts", {{"up", 1}}}};
    BOOST_TEST(run({"status", "-o", "name"}) == 2);
    BOOST_TEST(err.str() == "vigie: the answer of status has no names: use -o table, wide or json\n");
    // A change whose answer could not be shown is not made.
    asked = {};
    BOOST_TEST(run({"enrol", "token", "create", "-o", "name"}) == 2);
    BOOST_TEST(asked.verb == "");
    answer = Json::array();
    BOOST_TEST(run({"hosts", "list", "-o", "name"}) == 0);
    BOOST_TEST(out.str() == "");
}

BOOST_AUTO_TEST_CASE(errors_have_their_exit_codes) {
    answer = fail(ErrorCode::unavailable, "no controller answers at /x");
    BOOST_TEST(run({"status"}) == 5);
    BOOST_TEST(err.str() == "vigie: no controller answers at /x\n");
    answer = fail(ErrorCode::denied, "no");
    BOOST_TEST(run({"jobs", "run", "etc", "--all"}) == 4);
    answer = fail(ErrorCode::not_found, "host 'x' is not enrolled");
    BOOST_TEST(run({"hosts", "show", "x", "-o", "json"}) == 1);
    BOOST_TEST(Json::parse(err.str())["error"]["code"] == "not_found");
}

BOOST_AUTO_TEST_CASE(usage_errors_are_json_where_the_output_is) {
    for (const auto& words : std::vector<std::vector<std::string>>{{"-o", "json", "hosts", "lst"},
                                                                   {"hosts", "lst", "--output=json"},
                                                                   {"hosts", "list", "-ojson", "--wide"},
                                                                   {"hosts", "list", "-o", "json", "-l", "prod"},
                                                                   {"hosts", "show", "", "-o", "json"}}) {
        BOOST_TEST(run(words) == 2);
        BOOST_TEST(Json::parse(err.str())["error"]["code"] == "malformed");
    }
    BOOST_TEST(run({"-o", "json", "hosts", "list", "-o", "table", "--wide"}) == 2);
    BOOST_TEST(err.str().starts_with("vigie: "));
}

BOOST_AUTO_TEST_CASE(doctor_exits_6_on_findings) {
    answer = Json::array({{{"check", "disk"}, {"state", "ok"}}});
    BOOST_TEST(run({"doctor"}) == 0);
    answer->push_back({{"check", "clock"}, {"state", "warning"}, {"advice", "start chrony"}});
    BOOST_TEST(run({"doctor"}) == 6);
}

BOOST_AUTO_TEST_CASE(tables_fit_the_terminal_and_are_whole_in_a_pipe) {
    const std::string id = "0199aa00bb11cc22dd33ee44ff550066";
    const std::string message(200, 'm');
    answer = Json::array({{{"id", id},
                           {"short_id", id.substr(0, 8)},
                           {"host", "a-very-long-host-name-of-forty-characters"},
                           {"job", "backup-files"},
                           {"state", "failed"},
                           {"scheduled_at", "2023-11-14T22:14:56Z"},
                           {"took", "1m1s"},
                           {"message", message}}});
    is_terminal = true;
    columns = 80;
    BOOST_TEST(run({"runs", "list"}) == 0);
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) {
        BOOST_TEST(display_width(line) <= 80u);
    }
    BOOST_TEST(out.str().find("0199aa00 ") != std::string::npos);
    BOOST_TEST(out.str().find("mm…\n") != std::string::npos);
    BOOST_TEST(run({"runs", "list", "-o", "wide"}) == 0);
    BOOST_TEST(out.str().find(id) != std::string::npos);
    BOOST_TEST(out.str().find(message) != std::string::npos);
    is_terminal = false;
    BOOST_TEST(run({"runs", "list"}) == 0);
    BOOST_TEST(out.str().find(message) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bytes_are_written_for_people_and_labels_push_no_value_away) {
    answer = Json::array({{{"snapshot", "ab"}, {"bytes", 1536}, {"bytes_added", 0}}});
    BOOST_TEST(run({"backups", "list"}) == 0);
    BOOST_TEST(out.str().find("1.5 KiB    0 B\n") != std::string::npos);
    answer = Json::array({{{"name", "a"}, {"labels", {{"device", std::string(60, 'x')}}}, {"value", 1}},
                          {{"name", "b"}, {"labels", Json::object()}, {"value", 2}}});
    BOOST_TEST(run({"metrics", "web-1"}) == 0);
    BOOST_TEST(out.str() == "NAME  VALUE  READ   LABELS\na         1  never  device=" + std::string(60, 'x') +
                                "\nb         2  never  -\n");
}

BOOST_AUTO_TEST_CASE(a_run_shows_its_output_and_report_line_by_line) {
    answer = Json{{"id", "0199"},
                  {"state", "failed"},
                  {"output_tail", "cleared\t3\nwarn\x1b[31m\n"},
                  {"report", {{"status", "partial"}, {"problems", {{{"path", "/a"}, {"message", "no"}}}}}}};
    BOOST_TEST(run({"runs", "show", "0199"}) == 0);
    BOOST_TEST(out.str() ==
               "id     0199\nstate  failed\n"
               "\noutput\n  cleared 3\n  warn\\x1b[31m\n"
               "\nreport\n  problems:\n    - message: no\n      path: /a\n  status: partial\n");
}

BOOST_AUTO_TEST_CASE(doctor_wraps_its_sentences) {
    answer = Json::array({{{"check", "keys"},
                           {"state", "warning"},
                           {"detail", "12 refused connections with unknown keys since the start of this controller"},
                           {"advice", "enrol them again"}},
                          {{"check", "runs"}, {"state", "ok"}, {"detail", "none failed"}, {"advice", ""}}});
    is_terminal = true;
    columns = 60;
    BOOST_TEST(run({"doctor"}) == 6);
    BOOST_TEST(out.str() ==
               "keys  warning  12 refused connections with unknown keys\n"
               "               since the start of this controller\n"
               "               enrol them again\n"
               "runs  ok       none failed\n");
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

BOOST_AUTO_TEST_CASE(texts_are_cut_at_letters_and_wrapped_at_spaces) {
    BOOST_TEST(cut("日本語", 6) == "日本語");
    BOOST_TEST(cut("日本語", 5) == "日本…");
    BOOST_TEST(cut("日本語", 4) == "日…");
    BOOST_TEST(cut("abc", 1) == "…");
    BOOST_TEST(cut("abc", 0) == "");
    BOOST_TEST((wrapped("one two three", 7) == std::vector<std::string>{"one two", "three"}));
    BOOST_TEST((wrapped("incomprehensible x", 4) == std::vector<std::string>{"incomprehensible", "x"}));
    BOOST_TEST((wrapped("", 4) == std::vector<std::string>{""}));
}

BOOST_AUTO_TEST_CASE(byte_counts_change_units_before_they_read_1024) {
    BOOST_TEST(bytes_text(1023) == "1023 B");
    BOOST_TEST(bytes_text(1024) == "1.0 KiB");
    BOOST_TEST(bytes_text(1024 * 1024 - 1) == "1.0 MiB");
    BOOST_TEST(bytes_text(5.5 * 1024 * 1024 * 1024) == "5.5 GiB");
}

BOOST_AUTO_TEST_CASE(sparkline_scales_between_its_minimum_and_maximum) {
    BOOST_TEST(sparkline({{0, 1}, {10, 2}, {30, 8}}, 0, 40, 4) == "▁▂ █");
    BOOST_TEST(sparkline({{0, 5}, {10, 5}}, 0, 20, 2) == "▁▁");
    BOOST_TEST(sparkline({}, 0, 20, 2) == "  ");
}

BOOST_AUTO_TEST_CASE(names_alone_are_harmless_too) {
    Look look;
    look.format = Format::name;
    const auto shown =
        render("backups.list", Json::parse(R"([{"snapshot":"a\u001b[2Jb"},{"snapshot":"c"}])"), look).value();
    BOOST_TEST(shown == "a\\x1b[2Jb\nc\n");
}

BOOST_AUTO_TEST_CASE(tables_align_by_display_width_and_defuse_control_characters) {
    BOOST_TEST(display_width("é") == 1u);
    BOOST_TEST(display_width("日本") == 4u);
    BOOST_TEST(harmless("a\x1b[31m\n") == "a\\x1b[31m\\x0a");
    BOOST_TEST(render_table({"A", "B"}, {{{"日本"}, {"x"}}, {{"é"}, {"y"}}}, false) == "A     B\n日本  x\né     y\n");
}

BOOST_AUTO_TEST_SUITE_END()

#include "agent/probes/probe_main.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "agent/checks/kinds.hpp"
#include "agent/checks/plugin_output.hpp"
#include "tests/unit/agent/probes/probe_fixture.hpp"

using namespace vigie;
using namespace vigie::agent;

BOOST_FIXTURE_TEST_SUITE(probe_main_words, ProbeFixture)

BOOST_AUTO_TEST_CASE(words_that_make_no_sense_are_unknown) {
    BOOST_TEST(run({"tcp"}) == "CHECK UNKNOWN - check tcp: --port is missing\n");
    BOOST_TEST(status == 3);
    run({});
    BOOST_TEST(status == 3);
}

BOOST_AUTO_TEST_CASE(every_kind_but_commands_has_a_probe) {
    for (const auto& kind : check_kinds()) {
        std::vector<std::string> words{std::string(kind.name), "--timeout=1ms"};
        for (const auto& rule : kind.settings) {
            if (rule.is_required) {
                words.push_back(fmt::format("--{}={}", rule.name,
                                            rule.name == "url"    ? fmt::format("{}://127.0.0.1:1/", kind.name)
                                            : rule.name == "path" ? "/"
                                            : rule.name == "port" ? "1"
                                                                  : "127.0.0.1"));
            }
        }
        if (kind.name == "process") {
            words.emplace_back("--process=x");
        }
        if (kind.name != "command") {
            run(words);
            BOOST_TEST(!says("no probe of this kind"), kind.name);
            BOOST_TEST(!says("check:"), line);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_a_probe_prints_is_read_back) {
    const tests::ReservedPort port;
    const auto endpoint = port.endpoint();
    run({"tcp", "--port=" + endpoint.substr(endpoint.rfind(':') + 1)});
    BOOST_TEST(status == 2);
    BOOST_TEST(says("TCP CRITICAL - connect to 127.0.0.1:"));
    BOOST_TEST(says("Connection refused | "));
    const auto output = parse_plugin_output(line);
    BOOST_REQUIRE(output.values.size() == 2u);
    BOOST_TEST(output.values[0].label == "probe_success");
    BOOST_TEST(output.values[0].value == 0);
    BOOST_TEST(output.values[1].label == "probe_duration_seconds");
    BOOST_TEST(output.values[1].unit == "s");
}

BOOST_AUTO_TEST_CASE(a_bar_in_what_a_server_says_begins_no_perfdata) {
    tests::FakeServer server({">220 mail | x=1\r\n", "<EHLO", ">250 a\r\n", "<QUIT"});
    run({"smtp", server.option()});
    BOOST_TEST(status == 0);
    const auto output = parse_plugin_output(line);
    BOOST_TEST(output.values.size() == 2u);
    BOOST_TEST(says("says mail / x=1"));
}

BOOST_AUTO_TEST_CASE(files_are_judged_by_age_and_size) {
    const auto path = folder / "data";
    BOOST_TEST(run({"file", "--path=" + path}).starts_with(fmt::format("FILE CRITICAL - {} is not there", path)));
    run({"file", "--path=" + path, "--exists=false"});
    BOOST_TEST(status == 0);
    std::ofstream(path) << std::string(2000, 'x');
    run({"file", "--path=" + path, "--exists=false"});
    BOOST_TEST(status == 2);
    run({"file", "--path=" + path, "--size_min=1k", "--size_max=2k", "--age_critical=1h"});
    BOOST_TEST(status == 0);
    BOOST_TEST(says("'size'=2000B"));
    run({"file", "--path=" + path, "--size_min=2k"});
    BOOST_TEST(status == 2);
    run({"file", "--path=" + path, "--size_max=1k"});
    BOOST_TEST(status == 2);
    const timespec two_hours_ago{.tv_sec = time(nullptr) - 7200, .tv_nsec = 0};
    const std::array<timespec, 2> times{two_hours_ago, two_hours_ago};
    BOOST_REQUIRE(utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
    run({"file", "--path=" + path, "--age_warning=1h", "--age_critical=3h"});
    BOOST_TEST(status == 1);
    BOOST_TEST(says("'probe_success'=1"));
    run({"file", "--path=" + path, "--age_critical=1h"});
    BOOST_TEST(status == 2);
}

BOOST_AUTO_TEST_CASE(units_are_judged_by_systemctls_word) {
    const auto tell = [this](const std::string& words) {
        std::ofstream(folder / "systemctl") << "#!/bin/sh\n" << words;
        chmod((folder / "systemctl").c_str(), 0755);
        return run({"systemd", "--unit=app.service"});
    };
    tell(
        "[ \"$1 $3 $4\" = 'show -- app.service' ] && printf "
        "'LoadState=loaded\\nActiveState=active\\nSubState=running\\n'\n");
    BOOST_TEST(says("SYSTEMD OK - app.service is active (running)"));
    tell("printf 'LoadState=loaded\\nActiveState=failed\\nSubState=failed\\n'\n");
    BOOST_TEST(status == 2);
    tell("printf 'LoadState=loaded\\nActiveState=activating\\nSubState=auto-restart\\n'\n");
    BOOST_TEST(status == 1);
    tell("printf 'LoadState=not-found\\nActiveState=inactive\\nSubState=dead\\n'\n");
    BOOST_TEST(says("CRITICAL - app.service is not-found"));
    tell("echo no bus\n");
    BOOST_TEST(status == 3);
}

BOOST_AUTO_TEST_CASE(processes_are_counted_by_name_or_command_line) {
    const auto add = [this](int pid, const std::string& name, char state, const std::string& cmdline) {
        const auto path = fmt::format("{}/{}", folder / "proc", pid);
        mkdir((folder / "proc").c_str(), 0755);
        mkdir(path.c_str(), 0755);
        std::ofstream(path + "/stat") << pid << " (" << name << ") " << state << " 1 1 1";
        std::ofstream(path + "/cmdline") << cmdline;
    };
    using namespace std::string_literals;
    add(10, "nginx", 'S', "nginx: master\0"s);
    add(11, "nginx", 'S', "nginx: worker\0"s);
    add(12, "nginx", 'Z', "");
    add(13, "vigie-worker", 'R', "vigie-worker\0check\0process\0--process=nginx\0"s);
    add(14, "java", 'S', "java\0-jar\0shop.jar\0"s);
    run({"process", "--process=nginx"});
    BOOST_TEST(says("PROCESS OK - 2 of 'nginx' | 'processes'=2"));
    run({"process", "--process=nginx", "--min=3"});
    BOOST_TEST(says("CRITICAL - 2 of 'nginx', expected at least 3"));
    run({"process", "--process=nginx", "--max=1"});
    BOOST_TEST(says("expected at most 1"));
    run({"process", "--regex=-jar shop\\.jar$"});
    BOOST_TEST(says("OK - 1 of"));
    run({"process", "--process=gone", "--min=0", "--max=0"});
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()

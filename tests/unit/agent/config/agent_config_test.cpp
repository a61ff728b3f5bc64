#include "agent/config/agent_config.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;

namespace {
struct ConfigFolder {
    tests::TempFolder folder;
    SystemFiles files;

    void write(const std::string& name, std::string_view text) {
        BOOST_REQUIRE(files.write_atomically(folder / name, text, 0600).has_value());
    }
    Result<agent::AgentConfig> load() { return agent::load_agent_config(files, folder.path()); }
    std::string error() { return load().error().message.substr(folder.path().size() + 1); }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(agent_config, ConfigFolder)

BOOST_AUTO_TEST_CASE(files_of_a_folder_add_up) {
    write("10-base.yaml", "state_dir: /srv/vigie\nlabels: {env: prod}\ninterval: 30s\n");
    write("20-jobs.yaml",
          "interval: 2s\nlabels: {role: web}\njobs:\n- name: etc\n  kind: backup\n  repository: /srv/repo\n"
          "  password_file: /etc/vigie/repo.password\n  paths: [/etc]\n- {name: logs, kind: rotate, policies: "
          "[/etc/l]}\n");
    write("notes.txt", "not: [yaml");
    const auto config = load().value();
    BOOST_TEST(config.interval.count() == 2000);
    BOOST_TEST(config.labels.at("env") == "prod");
    BOOST_TEST(config.labels.at("role") == "web");
    BOOST_REQUIRE(config.jobs.size() == 2u);
    BOOST_TEST(config.jobs[0].worker_arguments ==
                   (std::vector<std::string>{"backup", "run", "--output", "json", "--repo", "/srv/repo",
                                             "--password-file", "/etc/vigie/repo.password", "--", "/etc"}),
               boost::test_tools::per_element());
    BOOST_TEST(config.jobs[1].worker_arguments[5] == "/srv/vigie/rotation.state");
}

BOOST_AUTO_TEST_CASE(errors_name_file_line_and_key) {
    write("a.yaml", "intervall: 5s\n");
    BOOST_TEST(error() == "a.yaml:1: unknown key 'intervall', did you mean 'interval'?");
    write("a.yaml", "\ninterval: 1ms\n");
    BOOST_TEST(error() == "a.yaml:2: interval: must be between 200ms and 5m");
    write("a.yaml", "\nlog_level: loud\n");
    BOOST_TEST(error() == "a.yaml:2: log_level: log level 'loud' is none of debug, info, warning, error");
    write("a.yaml", "jobs:\n- name: x\n  kind: shell\n");
    BOOST_TEST(error() == "a.yaml:3: kind: must be backup, rotate or command");
    write("a.yaml",
          "jobs:\n- {name: x, kind: command, command: [/bin/true]}\n- {name: x, kind: command, command: [a]}\n");
    BOOST_TEST(error() == "a.yaml:3: job 'x' is defined twice");
    write("a.yaml", "jobs:\n- {name: x, kind: command, command: []}\n");
    BOOST_TEST(error() == "a.yaml:2: command: must name a program");
}

BOOST_AUTO_TEST_CASE(what_could_never_work_is_refused) {
    write("a.yaml", "\ncontroller: 10.0.0.1:7411\n");
    BOOST_TEST(error() == "a.yaml:2: controller: endpoint \"10.0.0.1:7411\": expected tcp://HOST:PORT");
    write("a.yaml", "jobs:\n- {name: x, kind: command, command: [a], nice: 20}\n");
    BOOST_TEST(error() == "a.yaml:2: nice: must be from -20 to 19");
    write("a.yaml", "\noutbox_max: 4095KiB\n");
    BOOST_TEST(error() == "a.yaml:2: outbox_max: must be at least 4MiB");
    write("a.yaml", "jobs:\n- {name: x, kind: rotate, policies: []}\n");
    BOOST_TEST(error() == "a.yaml:2: policies: must name at least one");
    write("a.yaml", "jobs:\n- {name: x, kind: backup, repository: /r, password_file: /p, paths: []}\n");
    BOOST_TEST(error() == "a.yaml:2: paths: must name at least one");
}

BOOST_AUTO_TEST_CASE(a_backup_tells_what_it_leaves_out) {
    write("a.yaml",
          "jobs:\n- name: x\n  kind: backup\n  repository: /r\n  password_file: /p\n  paths: [/srv]\n"
          "  exclude: ['*.log', '!a.log']\n  exclude_files: [/x]\n  exclude_caches: true\n  one_file_system: true\n"
          "  exclude_larger_than: 500M\n");
    BOOST_TEST(load()->jobs[0].worker_arguments ==
                   (std::vector<std::string>{"backup", "run", "--output", "json", "--repo", "/r", "--password-file",
                                             "/p", "--exclude=*.log", "--exclude=!a.log", "--exclude-file=/x",
                                             "--exclude-larger-than=524288000", "--exclude-caches", "--one-file-system",
                                             "--", "/srv"}),
               boost::test_tools::per_element());
}

// A controller refuses such a HELLO, so the host would never connect.
BOOST_AUTO_TEST_CASE(labels_and_jobs_that_no_hello_can_carry_are_refused) {
    std::string labels = "labels:\n";
    for (int i = 0; i < 65; ++i) {
        labels += fmt::format("  l{}: v\n", i);
    }
    write("a.yaml", labels);
    BOOST_TEST((load().error().code == ErrorCode::too_large));
    write("a.yaml", "labels: {a: " + std::string(4097, 'x') + "}\n");
    BOOST_TEST((load().error().code == ErrorCode::too_large));
    write("a.yaml", "labels: {a: " + std::string(4096, 'x') + "}\n");
    BOOST_TEST(load().has_value());
    write("a.yaml", "jobs:\n- {name: " + std::string(257, 'x') + ", kind: command, command: [a]}\n");
    BOOST_TEST((load().error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_CASE(an_empty_folder_is_an_error) {
    BOOST_TEST((load().error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(a_deadman_needs_somebody_to_tell) {
    write("a.yaml", "interval: 1s\n");
    BOOST_TEST(!load().value().deadman.is_wanted());
    write("a.yaml", "deadman: {url_file: /u}\n");
    const auto config = load().value();
    BOOST_TEST(config.deadman.is_wanted());
    BOOST_TEST(config.deadman.after.count() == 600'000);
    BOOST_TEST(config.deadman.stagger.count() == 300'000);
    BOOST_TEST((config.paths.back().kind == agent::NamedPath::Kind::deadman_url));
    write("a.yaml", "deadman: {after: 1m}\n");
    BOOST_TEST(error().find("url_file") != std::string::npos);
    write("a.yaml", "deadman: {url_file: /u, after: 100ms}\n");
    BOOST_TEST(error() == "a.yaml:1: after: must be between 1s and 1d");
    write("a.yaml", "deadman: {url_file: /u, stagger: 2d}\n");
    BOOST_TEST(error() == "a.yaml:1: stagger: must be between 1s and 1d");
    write("a.yaml", "deadman: {url_file: /u, aftr: 1m}\n");
    BOOST_TEST(error().find("did you mean 'after'") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

#include "agent/config/path_check.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;

namespace {

struct Host {
    tests::TempFolder folder;
    SystemFiles files;

    Host() {
        put("worker", 0755);
        put("password", 0600);
        put("policy", 0644);
        put("repo/config", 0600);
        for (const auto* name : {"data", "index", "locks", "snapshots"}) {
            BOOST_REQUIRE(files.make_directories(folder / "repo/" + name, 0700).has_value());
        }
        BOOST_REQUIRE(files.make_directories(folder / "source", 0755).has_value());
    }
    void put(const std::string& name, unsigned mode) {
        BOOST_REQUIRE(files.make_directories(parent_of(folder / name), 0755).has_value());
        BOOST_REQUIRE(files.write_atomically(folder / name, "secret\n", mode).has_value());
    }
    // A configuration that names everything that can be named; HERE stands for the folder.
    std::string text =
        "state_dir: HERE/state\n"                  // 1
        "log_file: HERE/agent.log\n"               // 2
        "worker: HERE/worker\n"                    // 3
        "jobs:\n"                                  // 4
        "- name: files\n"                          // 5
        "  kind: backup\n"                         // 6
        "  repository: HERE/repo\n"                // 7
        "  password_file: HERE/password\n"         // 8
        "  paths:\n"                               // 9
        "  - HERE/source\n"                        // 10
        "  - /\n"                                  // 11
        "- name: logs\n"                           // 12
        "  kind: rotate\n"                         // 13
        "  policies: [HERE/policy]\n"              // 14
        "- name: tool\n"                           // 15
        "  kind: command\n"                        // 16
        "  command: [sh, -c, HERE/no-program]\n";  // 17
    void replace(const std::string& what, const std::string& by) {
        const auto at = text.find(what);
        BOOST_REQUIRE(at != std::string::npos);
        text.replace(at, what.size(), by);
    }
    std::vector<std::string> findings() {
        auto whole = text;
        for (auto at = whole.find("HERE"); at != std::string::npos; at = whole.find("HERE")) {
            whole.replace(at, 4, folder.path());
        }
        BOOST_REQUIRE(files.write_atomically(folder / "agent.yaml", whole, 0644).has_value());
        return agent::check_paths(agent::load_agent_config(files, folder / "agent.yaml").value());
    }
    // That there is exactly one finding, at this line, and that it says so.
    void expect(int line, const std::string& says) {
        const auto found = findings();
        BOOST_REQUIRE_MESSAGE(found.size() == 1u, fmt::format("{} findings: {}", found.size(), fmt::join(found, "; ")));
        BOOST_TEST(found[0].starts_with(fmt::format("{}:{}: ", folder / "agent.yaml", line)), found[0]);
        BOOST_TEST(found[0].find(says) != std::string::npos, found[0]);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(path_check, Host)

BOOST_AUTO_TEST_CASE(all_is_there) {
    BOOST_TEST(findings().empty());
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_told_with_file_line_job_and_advice) {
    replace("HERE/worker", "HERE/no-worker");
    expect(3, "set 'worker'");
    replace("HERE/no-worker", "HERE/worker");
    replace("HERE/repo", "HERE/source");
    expect(7, "job 'files': there is no repository in");
    replace("HERE/source\n  password", "HERE/repo\n  password");
    replace("HERE/password", "HERE/no-password");
    expect(8, "mode 600");
    replace("HERE/no-password", "HERE/password");
    replace("HERE/source", "HERE/no-source");
    expect(10, "a backup without it is partial");
    replace("HERE/no-source", "HERE/source");
    replace("HERE/policy", "HERE/source");
    expect(14, "is a folder: name the policy files");
    replace("policies: [HERE/source]", "policies: [HERE/policy]");
    replace("[sh,", "[no-such-program-anywhere,");
    expect(17, "no program 'no-such-program-anywhere' in PATH");
    replace("[no-such-program-anywhere,", "[HERE/policy,");
    expect(17, "Permission denied");
}

BOOST_AUTO_TEST_CASE(a_password_file_must_be_private_and_hold_a_password) {
    BOOST_REQUIRE(chmod((folder / "password").c_str(), 0644) == 0);
    expect(8, "chmod 600");
    BOOST_REQUIRE(files.write_atomically(folder / "password", "\nsecret\n", 0600).has_value());
    expect(8, "its first line is empty");
}

BOOST_AUTO_TEST_CASE(a_token_of_a_target_must_be_there_and_private) {
    text = "scrape:\n- job: web\n  url: http://127.0.0.1:80\n  token_file: HERE/password\n";
    BOOST_TEST(findings().empty());
    BOOST_REQUIRE(chmod((folder / "password").c_str(), 0644) == 0);
    expect(4, "chmod 600");
    replace("HERE/password", "HERE/no-token");
    expect(4, "the target is not asked without it");
}

BOOST_AUTO_TEST_CASE(sockets_of_applications_need_their_folder) {
    text = "statsd: {socket: HERE/statsd}\npush: {socket: HERE/push}\n";
    BOOST_TEST(findings().empty());
    replace("HERE/statsd", "HERE/none/statsd");
    expect(1, "/none is not a folder: make it");
    replace("HERE/none/statsd", "HERE/statsd");
    replace("HERE/push", "HERE/password");
    expect(2, "is no socket: move it away");
    replace("HERE/password", "HERE/statsd");
    expect(2, "is the socket of statsd too: give push a path of its own");
}

BOOST_AUTO_TEST_CASE(a_log_and_a_state_folder_need_a_place) {
    replace("HERE/agent.log", "HERE/no-folder/agent.log");
    BOOST_TEST(findings().empty());  // the agent makes it
    replace("HERE/no-folder/agent.log", "HERE/policy/agent.log");
    expect(2, "policy is not a folder");
    replace("HERE/policy/agent.log", "HERE/agent.log");
    replace("HERE/state", "HERE/policy/state");
    expect(1, "policy is not a folder");
}

BOOST_AUTO_TEST_CASE(a_default_worker_counts_only_when_there_are_jobs) {
    text = "interval: 10s\n";
    BOOST_TEST(findings().empty());
    text = "jobs:\n- {name: x, kind: command, command: [sh]}\n";
    const auto found = findings();
    if (!files.is_present("/usr/lib/vigie/vigie-worker")) {
        BOOST_REQUIRE(found.size() == 1u);
        BOOST_TEST(found[0].starts_with("default: /usr/lib/vigie/vigie-worker"), found[0]);
    } else {
        BOOST_TEST(found.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()

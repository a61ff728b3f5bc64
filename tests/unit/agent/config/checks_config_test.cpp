// The checks' part of the configuration.
#include "agent/config/checks_config.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

struct ChecksFixture {
    AgentConfig config;
    Result<void> read(std::string_view text) {
        const auto node = config::parse_yaml(text, "a.yaml");
        BOOST_REQUIRE(node);
        return read_checks(*node, "a.yaml", config);
    }
    std::string problem(std::string_view text) {
        config = {};
        const auto read_all = read(text);
        return read_all ? "good" : read_all.error().message;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(checks_config, ChecksFixture)

BOOST_AUTO_TEST_CASE(a_check_has_what_is_written_and_defaults) {
    const auto done = read(
        "- name: front\n  kind: https\n  url: https://localhost/health\n  status: [200, 204]\n  verify: false\n"
        "  interval: 30s\n  labels: {app: shop}\n"
        "- name: disk\n  kind: command\n  category: storage\n  command: [/usr/lib/check_disk, -w, 10%]\n"
        "  retry_interval: 5s\n  timeout: 20s\n  max_attempts: 1\n");
    BOOST_REQUIRE_MESSAGE(done, done.error().message);
    BOOST_REQUIRE(config.checks.size() == 2u);
    const auto& front = config.checks[0];
    BOOST_TEST(front.place == "a.yaml:1");
    BOOST_TEST(front.category == "services");
    BOOST_TEST((front.interval == 30s && front.retry_interval == 10s && front.timeout == 10s));
    BOOST_TEST(front.max_attempts == 3);
    BOOST_TEST(front.labels.at("app") == "shop");
    BOOST_TEST((front.settings ==
                Settings{{"url", {"https://localhost/health"}}, {"status", {"200", "204"}}, {"verify", {"false"}}}));
    const auto& disk = config.checks[1];
    BOOST_TEST(disk.category == "storage");
    BOOST_TEST((disk.interval == 60s && disk.retry_interval == 5s && disk.timeout == 20s));
    BOOST_TEST(first_of(disk.settings, "command") == "/usr/lib/check_disk");
}

BOOST_AUTO_TEST_CASE(a_short_interval_shortens_the_retries) {
    BOOST_REQUIRE(read("- {name: a, kind: tcp, port: 22, interval: 2s}\n"));
    BOOST_TEST((config.checks[0].retry_interval == 2s));
}

BOOST_AUTO_TEST_CASE(files_add_up_and_a_name_stands_once) {
    BOOST_REQUIRE(read("- {name: a, kind: tcp, port: 22}\n"));
    BOOST_REQUIRE(read("- {name: b, kind: tcp, port: 22}\n"));
    BOOST_TEST(config.checks.size() == 2u);
    const auto again = read("- {name: a, kind: tcp, port: 23}\n");
    BOOST_REQUIRE(!again);
    BOOST_TEST(again.error().message == "a.yaml:1: check 'a' is defined twice, first at a.yaml:1");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_file_line_and_key) {
    BOOST_TEST(problem("{}") == "a.yaml:1: checks: must be a list");
    BOOST_TEST(problem("- a\n") == "a.yaml:1: a check must be a mapping of keys to values");
    BOOST_TEST(problem("- {kind: tcp, port: 1}\n") == "a.yaml:1: key 'name' is missing");
    BOOST_TEST(problem("- {name: a, port: 1}\n") == "a.yaml:1: key 'kind' is missing");
    BOOST_TEST(problem("- name: a\n  kind: tpc\n").starts_with("a.yaml:2: kind: 'tpc' is none of amqp, command, dns"));
    BOOST_TEST(problem("- name: a\n  kind: tpc\n").ends_with("did you mean 'tcp'?"));
    BOOST_TEST(problem("- name: a\n  kind: tcp\n") == "a.yaml:1: key 'port' is missing");
    BOOST_TEST(problem("- name: a\n  kind: tcp\n  port: 0\n") == "a.yaml:3: port: must be a port from 1 to 65535");
    BOOST_TEST(problem("- name: a\n  kind: tcp\n  prot: 1\n") == "a.yaml:3: unknown key 'prot', did you mean 'port'?");
    BOOST_TEST(problem("- name: a\n  kind: tcp\n  port: [1]\n") == "a.yaml:3: port: must be one value");
    BOOST_TEST(problem("- name: a\n  kind: tcp\n  port: 1\n  url: x\n") == "a.yaml:4: unknown key 'url'");
    BOOST_TEST(problem("- name: a b\n  kind: tcp\n  port: 1\n").starts_with("a.yaml:1: name: must have letters"));
    BOOST_TEST(problem("- name: a\n  kind: tcp\n  port: 1\n  interval: 1ms\n") ==
               "a.yaml:4: interval: must be between 100ms and 1d");
    BOOST_TEST(problem("- name: a\n  kind: tcp\n  port: 1\n  timeout: 1h\n") ==
               "a.yaml:4: timeout: must be above zero and at most 10m");
    BOOST_TEST(problem("- name: a\n  kind: tcp\n  port: 1\n  max_attempts: 0\n") ==
               "a.yaml:4: max_attempts: must be from 1 to 100");
    BOOST_TEST(problem("- name: a\n  kind: tcp\n  port: 1\n  labels: {check: x}\n") ==
               "a.yaml:4: labels: 'check' is set by Vigie itself");
    BOOST_TEST(
        problem("- name: a\n  kind: tcp\n  port: 1\n  labels: {a-b: x}\n").starts_with("a.yaml:4: labels: 'a-b'"));
    BOOST_TEST(problem("- name: a\n  kind: command\n  command: /bin/true\n") ==
               "a.yaml:3: command: must be a list, not empty");
    BOOST_TEST(problem("- name: a\n  kind: command\n  command: []\n") ==
               "a.yaml:3: command: must be a list, not empty");
    BOOST_TEST(problem("- name: a\n  kind: process\n  regex: '('\n").starts_with("a.yaml:3: regex: is not a regular"));
    BOOST_TEST(problem("- name: a\n  kind: https\n  url: http://a/\n") ==
               "a.yaml:3: url: must begin with https://, as the kind is https");
    BOOST_TEST(problem("- name: a\n  kind: tcp\n  port: 1\n  category: 'a b'\n").starts_with("a.yaml:4: category: "));
}

BOOST_AUTO_TEST_CASE(files_that_a_check_names_are_noted) {
    BOOST_REQUIRE(
        read("- name: cache\n  kind: redis\n  password_file: /etc/vigie/redis.password\n"
             "- name: own\n  kind: command\n  command: [/usr/local/bin/own, /etc/x]\n"));
    BOOST_REQUIRE(config.paths.size() == 2u);
    BOOST_TEST((config.paths[0].kind == NamedPath::Kind::secret_file));
    BOOST_TEST(config.paths[0].path == "/etc/vigie/redis.password");
    BOOST_TEST(config.paths[0].place == "a.yaml:3");
    BOOST_TEST(config.paths[0].job == "cache");
    BOOST_TEST(config.paths[0].what == "check");
    BOOST_TEST((config.paths[1].kind == NamedPath::Kind::program));
    BOOST_TEST(config.paths[1].path == "/usr/local/bin/own");
}

BOOST_AUTO_TEST_CASE(there_are_at_most_so_many) {
    std::string text;
    for (size_t i = 0; i <= checks_max; ++i) {
        text += fmt::format("- {{name: c{}, kind: tcp, port: 1}}\n", i);
    }
    BOOST_TEST(problem(text) == "a.yaml:257: more than 256 checks");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

#include "controller/config/controller_config.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;

namespace {
struct ConfigFolder {
    tests::TempFolder folder;
    SystemFiles files;

    Result<controller::ControllerConfig> load(std::string_view text) {
        BOOST_REQUIRE(files.write_atomically(folder / "c.yaml", text, 0600).has_value());
        return controller::load_controller_config(files, folder / "c.yaml");
    }
    std::string error(std::string_view text) { return load(text).error().message.substr(folder.path().size() + 1); }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(controller_config, ConfigFolder)

BOOST_AUTO_TEST_CASE(names_the_file_of_routes) {
    BOOST_TEST(!load("state_dir: /x\n").value().alertmanager_file.has_value());
    const auto config = load("state_dir: /x\nalertmanager_file: /etc/vigie/alertmanager.yml\n").value();
    BOOST_REQUIRE(config.alertmanager_file.has_value());
    BOOST_TEST(config.alertmanager_file->path == "/etc/vigie/alertmanager.yml");
    BOOST_TEST(config.alertmanager_file->place == (folder / "c.yaml") + ":2: alertmanager_file");
    BOOST_TEST(error("alertmanager_file: [a]\n") == "c.yaml:1: alertmanager_file: must be a path");
}

BOOST_AUTO_TEST_CASE(fills_webhooks_and_schedules) {
    const auto config = load(
                            "heartbeat_interval: 2s\nwebhooks:\n"
                            "- {name: oncall, url: 'https://on.call/x', send_resolved: false, headers: {A: b},"
                            " timeout: 3s, ca_file: /etc/ca.pem}\n"
                            "schedules:\n- {name: nightly, job: etc, when: '02:30', hosts: {env: prod}}\n")
                            .value();
    BOOST_TEST(config.heartbeat_interval.count() == 2000);
    BOOST_TEST(config.webhooks.at(0).url == "https://on.call/x");
    BOOST_TEST(!config.webhooks.at(0).is_resolved_sent);
    BOOST_TEST(config.webhooks.at(0).headers.at("A") == "b");
    BOOST_TEST(config.webhooks.at(0).timeout.count() == 3000);
    BOOST_TEST(config.webhooks.at(0).ca_file == "/etc/ca.pem");
    BOOST_TEST(config.schedules.at(0).selector.at("env") == "prod");
    BOOST_TEST(config.schedules.at(0).misfire == "latest");
    BOOST_TEST(config.schedules.at(0).line == 5);
}

BOOST_AUTO_TEST_CASE(schedules_say_what_their_runs_hold) {
    const std::string schedule = "schedules:\n- name: a\n  job: b\n  when: hourly\n  holds: ";
    const auto holds = load(schedule + "{alerts: [alertname=Slow, 'severity=\"info\"'], grace: 2m}\n");
    BOOST_REQUIRE(holds.value().schedules.at(0).holds.has_value());
    BOOST_TEST(holds->schedules[0].holds->alerts.at(1).matchers == "severity=\"info\"");
    BOOST_TEST(holds->schedules[0].holds->alerts.at(1).place == (folder / "c.yaml") + ":5: alerts");
    BOOST_TEST((holds->schedules[0].holds->grace == 2min));
    BOOST_TEST((load(schedule + "{alerts: [a=b]}\n").value().schedules[0].holds->grace == 5min));
    BOOST_TEST(!load("schedules: [{name: a, job: b, when: hourly}]\n").value().schedules[0].holds.has_value());
    BOOST_TEST(error(schedule + "{alerts: []}\n") == "c.yaml:5: alerts: names no alert");
    BOOST_TEST(error(schedule + "{grace: 1m}\n").find("c.yaml:5: ") == 0u);
    BOOST_TEST(error(schedule + "{alerts: [a=b], grace: 2d}\n") == "c.yaml:5: grace: must be between 0s and 1d");
    BOOST_TEST(error(schedule + "{alert: [a=b]}\n").find("c.yaml:5: ") == 0u);
}

BOOST_AUTO_TEST_CASE(maintenance_of_all_files_is_kept_for_its_reader) {
    const auto config = load("maintenance:\n- {name: a}\n").value();
    BOOST_REQUIRE(config.maintenance.size() == 1u);
    BOOST_TEST(config.maintenance[0].root.items.at(0).line == 2);
}

BOOST_AUTO_TEST_CASE(a_secret_url_may_stand_in_a_file) {
    BOOST_REQUIRE(files.write_atomically(folder / "url", "https://on.call/secret\n", 0600).has_value());
    const auto config = load("webhooks: [{name: oncall, url_file: " + (folder / "url") + "}]\n").value();
    BOOST_TEST(config.webhooks.at(0).url == "https://on.call/secret");
}

BOOST_AUTO_TEST_CASE(errors_name_file_line_and_key) {
    BOOST_TEST(error("webhooks:\n- {name: a}\n") == "c.yaml:2: url: give either url or url_file");
    BOOST_TEST(error("webhooks:\n- {name: a, url: ftp://x}\n") == "c.yaml:2: url: must begin with https:// or http://");
    BOOST_TEST(error("raw_retention: 5m\n") == "c.yaml:1: raw_retention: must be at least 1h");
    BOOST_TEST(error("five_minute_retention: 1d\n") ==
               "c.yaml:1: five_minute_retention: five_minute_retention must be at least raw_retention and 8d, 23d");
    BOOST_TEST(error("hour_retention: 1d\n") ==
               "c.yaml:1: hour_retention: hour_retention must be at least five_minute_retention, 90d");
    BOOST_TEST(error("seal_after: 2d\n") == "c.yaml:1: seal_after: must be between 1s and 1d");
    BOOST_TEST(error("schedules:\n- {name: a, job: b, when: x}\n- {name: a, job: b, when: x}\n") ==
               "c.yaml:3: schedules: 'a' is defined twice");
}

BOOST_AUTO_TEST_CASE(times_must_go_with_each_other_whichever_is_given) {
    const std::string five_minutes = "five_minute_retention must be at least raw_retention and 8d";
    BOOST_TEST(error("state_dir: /s\nraw_retention: 85d\n") == "c.yaml:2: raw_retention: " + five_minutes + ", 93d");
    BOOST_TEST(load("raw_retention: 82d\n").has_value());
    BOOST_TEST(error("raw_retention: 85d\nfive_minute_retention: 92d\n") ==
               "c.yaml:2: five_minute_retention: " + five_minutes + ", 93d");
    BOOST_TEST(load("five_minute_retention: 93d\nraw_retention: 85d\n").has_value());
    BOOST_TEST(error("five_minute_retention: 801d\n") ==
               "c.yaml:1: five_minute_retention: hour_retention must be at least five_minute_retention, 801d");
    const std::string raw = "raw_retention must be more than 20m longer than seal_after";
    BOOST_TEST(error("seal_after: 1d\nraw_retention: 24h20m\n") == "c.yaml:2: raw_retention: " + raw + ", 1d");
    BOOST_TEST(load("seal_after: 1d\nraw_retention: 24h21m\n").has_value());
}

BOOST_AUTO_TEST_CASE(two_listeners_have_two_ports) {
    const std::string advice = ": give one of them another";
    BOOST_TEST(error("state_dir: /s\nlisten: tcp://127.0.0.1:7412\n") ==
               "c.yaml:2: listen: enrol_listen and listen are both at port 7412" + advice);
    BOOST_TEST(error("operators:\n  listen: tcp://0.0.0.0:7411\n") ==
               "c.yaml:2: operators: operators.listen and listen are both at port 7411" + advice);
    BOOST_TEST(error("http: {listen: '127.0.0.1:7412'}\n") ==
               "c.yaml:1: http: http.listen and enrol_listen are both at port 7412" + advice);
    BOOST_TEST(load("listen: tcp://127.0.0.1:7000\nenrol_listen: tcp://127.0.0.2:7000\n").has_value());
    BOOST_TEST(load("listen: tcp://127.0.0.1:0\nenrol_listen: tcp://127.0.0.1:0\n").has_value());
}

BOOST_AUTO_TEST_CASE(times_may_stand_in_several_documents) {
    BOOST_REQUIRE(files.write_atomically(folder / "a.yaml", "raw_retention: 85d\n", 0600).has_value());
    BOOST_TEST(controller::load_controller_config(files, folder.path()).error().message ==
               (folder / "a.yaml") +
                   ":1: raw_retention: five_minute_retention must be at least raw_retention and 8d, 93d");
    BOOST_REQUIRE(files.write_atomically(folder / "b.yaml", "five_minute_retention: 100d\n", 0600).has_value());
    BOOST_TEST(controller::load_controller_config(files, folder.path()).has_value());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_missing_is_told_with_the_line_that_names_it) {
    const auto missing = folder / "no.url";
    BOOST_TEST(
        error("log_level: info\nwebhooks:\n- name: a\n  url_file: " + missing + "\n").find("c.yaml:4: url_file: ") ==
        0u);
    BOOST_REQUIRE(files.write_atomically(folder / "empty", "\n", 0600).has_value());
    BOOST_TEST(error("webhooks:\n- name: a\n  url_file: " + (folder / "empty") + "\n").find("c.yaml:3: url_file: ") ==
               0u);
    const auto config = load("state_dir: /s\nrule_files:\n- /a.yaml\n- /b.yaml\n").value();
    BOOST_REQUIRE(config.rule_files.size() == 2u);
    BOOST_TEST(config.rule_files[1].path == "/b.yaml");
    BOOST_TEST(config.rule_files[1].place == (folder / "c.yaml") + ":4: rule_files");
}

BOOST_AUTO_TEST_CASE(external_labels_have_names_that_labels_may_have) {
    const auto config = load("external_labels: {cluster: eu, replica: '0'}\n").value();
    BOOST_TEST((config.external_labels == std::map<std::string, std::string>{{"cluster", "eu"}, {"replica", "0"}}));
    BOOST_TEST(load("{}").value().external_labels.empty());
    BOOST_TEST(error("external_labels:\n  cluster: eu\n  a-b: x\n") ==
               "c.yaml:3: external_labels: 'a-b' is no name of a label");
    BOOST_TEST(error("external_labels: {__name__: x}\n") ==
               "c.yaml:1: external_labels: '__name__' is no name of a label");
}

BOOST_AUTO_TEST_CASE(settings_of_rules_name_a_rule_and_say_something) {
    const auto config = load(
                            "rule_settings:\n- alert: Hot\n  group: g\n  labels: {severity: page}\n  clear: temp < 70\n"
                            "- {alert: Hot, damp_flapping: false}\n")
                            .value();
    BOOST_REQUIRE(config.rule_settings.size() == 2u);
    const auto& first = config.rule_settings[0];
    BOOST_TEST(first.name == "Hot of group g with severity=page");
    BOOST_TEST(first.clear == "temp < 70");
    BOOST_TEST(first.is_damped);
    BOOST_TEST(first.place == (folder / "c.yaml") + ":2: rule_settings");
    BOOST_TEST(first.clear_place == (folder / "c.yaml") + ":5: clear");
    BOOST_TEST(!config.rule_settings[1].is_damped);
    BOOST_TEST(error("rule_settings:\n- {alert: Hot}\n") == "c.yaml:2: rule_settings: give clear or damp_flapping");
    BOOST_TEST(error("rule_settings:\n- {alert: A, clear: b}\n- {alert: A, clear: c}\n") ==
               "c.yaml:3: rule_settings: 'A' is defined twice");
}

BOOST_AUTO_TEST_CASE(operators_have_names_keys_and_roles) {
    const auto config = load(
                            "audit_retention: 90d\noperators:\n  listen: tcp://0.0.0.0:7413\n  keys:\n"
                            "  - {name: anna, key: 'k', role: viewer}\n")
                            .value();
    BOOST_TEST(config.operators_listen == "tcp://0.0.0.0:7413");
    BOOST_REQUIRE(config.operators.size() == 1u);
    BOOST_TEST(config.operators[0].name == "anna");
    BOOST_TEST(config.operators[0].role == "viewer");
    BOOST_TEST(config.operators[0].place.ends_with("c.yaml:5: operators"));
    BOOST_TEST((config.audit_retention == std::chrono::hours{24 * 90}));
    BOOST_TEST(config.path == folder / "c.yaml");
    BOOST_TEST(load("{}").value().operators_listen == "");
}

BOOST_AUTO_TEST_CASE(operators_mistakes_are_told_with_their_line) {
    BOOST_TEST(error("operators:\n  keys:\n  - {name: a, key: k, rôle: x}\n").find("c.yaml:3") == 0u);
    BOOST_TEST(error("operators:\n  keys:\n  - {name: a, key: k}\n").find("role") != std::string::npos);
    BOOST_TEST(error("operators: {lsten: x}\n").find("did you mean 'listen'") != std::string::npos);
    BOOST_TEST(error("operators: {listen: nowhere}\n").find("tcp://HOST:PORT") != std::string::npos);
    BOOST_TEST(error("operators:\n  keys:\n  - {name: a, key: k, role: x}\n  - {name: a, key: l, role: x}\n")
                   .find("c.yaml:4: keys: 'a' is defined twice") == 0u);
    BOOST_TEST(error("audit_retention: 1h\n").find("at least 1d") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(http_is_there_when_it_is_asked_for) {
    BOOST_TEST(!load("log_level: info\n").value().http.has_value());
    const auto config = load("log_level: info\nhttp: {}\n").value();
    BOOST_REQUIRE(config.http.has_value());
    BOOST_TEST(config.http->listen == "127.0.0.1:7414");
    BOOST_TEST(config.http->place.ends_with("c.yaml:2: http"));
    const auto all = load("http: {listen: '0.0.0.0:80', token_file: /t, hosts: [a, b]}\n").value();
    BOOST_TEST(all.http->listen == "0.0.0.0:80");
    BOOST_TEST(all.http->token_file == "/t");
    BOOST_TEST(all.http->hosts.size() == 2u);
    BOOST_TEST(error("http: {lsiten: x}\n").find("did you mean 'listen'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(http_of_several_files_adds_up) {
    BOOST_REQUIRE(files.make_directories(folder / "d", 0700).has_value());
    BOOST_REQUIRE(files.write_atomically(folder / "d/a.yaml", "http: {listen: '0.0.0.0:80'}\n", 0600).has_value());
    BOOST_REQUIRE(files.write_atomically(folder / "d/b.yaml", "http: {token_file: /t}\n", 0600).has_value());
    const auto config = controller::load_controller_config(files, folder / "d").value();
    BOOST_TEST(config.http->listen == "0.0.0.0:80");
    BOOST_TEST(config.http->token_file == "/t");
}

BOOST_AUTO_TEST_CASE(a_restart_may_have_a_grace_and_none) {
    BOOST_TEST(load("log_level: info\n").value().restart_grace.count() == 300'000);
    BOOST_TEST(load("restart_grace: 0s\n").value().restart_grace.count() == 0);
    BOOST_TEST(error("restart_grace: 2d\n") == "c.yaml:1: restart_grace: must be at most 1d");
}

BOOST_AUTO_TEST_CASE(a_heartbeat_names_its_watcher_and_how_often) {
    BOOST_TEST(!load("log_level: info\n").value().heartbeat.has_value());
    BOOST_REQUIRE(files.write_atomically(folder / "url", "https://hc.example.org/secret\n", 0600).has_value());
    const auto config = load("heartbeat: {url_file: " + (folder / "url") + "}\n").value();
    BOOST_REQUIRE(config.heartbeat.has_value());
    BOOST_TEST(config.heartbeat->url == "https://hc.example.org/secret");
    BOOST_TEST(config.heartbeat->every.count() == 60'000);
    BOOST_TEST(config.heartbeat->method == "POST");
    const auto all =
        load("heartbeat: {url: 'http://w/', every: 30s, method: GET, headers: {A: b}, timeout: 3s}\n").value();
    BOOST_TEST(all.heartbeat->every.count() == 30'000);
    BOOST_TEST(all.heartbeat->method == "GET");
    BOOST_TEST(all.heartbeat->headers.at("A") == "b");
    BOOST_TEST(all.heartbeat->timeout.count() == 3'000);
}

BOOST_AUTO_TEST_CASE(a_heartbeats_mistakes_are_told_with_their_line) {
    BOOST_TEST(error("heartbeat: {every: 1m}\n") == "c.yaml:1: url: give either url or url_file");
    BOOST_TEST(error("heartbeat: {url: ftp://x}\n") == "c.yaml:1: url: must begin with https:// or http://");
    BOOST_TEST(error("heartbeat: {url: 'http://x', every: 100ms}\n") == "c.yaml:1: every: must be between 1s and 1d");
    BOOST_TEST(error("heartbeat: {url: 'http://x', method: PUT}\n") == "c.yaml:1: method: must be POST or GET");
    BOOST_TEST(error("heartbeat: {url: 'http://x', evry: 1m}\n").find("did you mean 'every'") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

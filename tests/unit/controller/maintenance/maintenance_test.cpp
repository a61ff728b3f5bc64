#include "tests/unit/controller/maintenance/maintained.hpp"

namespace vigie::controller::maintenance {
namespace {

std::string fault(std::string_view windows, const std::vector<ScheduleConfig>& schedules = {}) {
    const auto read = parse_maintenance(windows, schedules);
    return read ? "none" : read.error().message;
}

constexpr std::string_view reboots = R"(
- name: reboots
  matchers: ['env="staging"', 'alertname=~"HostSilent|Down"']
  time_intervals:
  - {times: [{start_time: '02:30', end_time: '03:30'}], weekdays: [saturday], location: Europe/Berlin}
  - {days_of_month: ['1']}
)";

BOOST_AUTO_TEST_SUITE(maintenance_config)

BOOST_AUTO_TEST_CASE(windows_have_matchers_and_times_as_an_alertmanager_yml) {
    const auto read = parse_maintenance(reboots).value();
    BOOST_REQUIRE(read.windows.size() == 1u);
    const auto& window = read.windows[0];
    BOOST_TEST(window.name == "reboots");
    BOOST_TEST(routing::text_of(window.matchers) == R"({alertname=~"HostSilent|Down",env="staging"})");
    BOOST_REQUIRE(window.times.size() == 2u);
    BOOST_TEST(window.times[0].zone.has_value());
    BOOST_TEST(window.times[1].days_of_month.size() == 1u);
    BOOST_TEST(parse_maintenance("").value().windows.empty());
}

BOOST_AUTO_TEST_CASE(schedules_hold_what_they_name) {
    const auto read = parse_maintenance("", {holding({"alertname=Slow", "{severity=info,team=db}"}), {}}).value();
    BOOST_REQUIRE(read.holds.size() == 1u);
    BOOST_TEST(read.holds[0].schedule == "nightly");
    BOOST_TEST(read.holds[0].job == "backup");
    BOOST_TEST((read.holds[0].grace == 10min));
    BOOST_REQUIRE(read.holds[0].alerts.size() == 2u);
    BOOST_TEST(routing::text_of(read.holds[0].alerts[1]) == R"({severity="info",team="db"})");
}

BOOST_AUTO_TEST_CASE(faults_name_file_line_and_key) {
    const std::string rest = "\n  time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]\n";
    BOOST_TEST(fault("- matchers: [a=b]" + rest).find("c.yaml:1:3: name: ") == 0u);
    BOOST_TEST(fault("- name: a\n  matchers: ['a=~\"(\"']" + rest).find("c.yaml:2:14: matchers: ") == 0u);
    BOOST_TEST(fault("- name: a\n  matchers: ['a!=b']" + rest).find("c.yaml:2:13: matchers: {a!=\"b\"} also ") == 0u);
    BOOST_TEST(fault("- name: a" + rest).find("c.yaml:1:3: matchers: {} also ") == 0u);
    BOOST_TEST(fault("- name: a\n  matchers: [a=b]\n").find("c.yaml:1:3: time_intervals: ") == 0u);
    BOOST_TEST(
        fault("- name: a\n  matchers: [a=b]\n  time_intervals: [{location: Mars}]\n").find("c.yaml:3:31: location: ") ==
        0u);
    BOOST_TEST(fault("- name: a\n  matcher: [a=b]" + rest).find("did you mean 'matchers'?") != std::string::npos);
    for (const std::string endless : {"{}", "{location: Europe/Berlin}", "{times: []}"}) {
        BOOST_TEST(fault("- name: a\n  matchers: [a=b]\n  time_intervals: [" + endless + "]\n")
                       .find("c.yaml:3:20: time_intervals: ") == 0u);
    }
    BOOST_TEST(fault("- name: a\n  matchers: [a=b]\n  time_interval: []\n").find("did you mean 'time_intervals'?") !=
               std::string::npos);
    const std::string window =
        "- {name: a, matchers: [a=b], time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}\n";
    BOOST_TEST(fault(window + window) == "c.yaml:2:3: maintenance: 'a' is defined twice");
    BOOST_TEST(fault("a: b\n") == "c.yaml:1:1: maintenance: must be a list");
    BOOST_TEST(fault("", {holding({"alertname"})}).find("c.yaml:9: alerts: ") == 0u);
    BOOST_TEST(fault("", {holding({"alertname!=Slow"})}).find("c.yaml:9: alerts: {alertname!=\"Slow\"} also ") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::maintenance

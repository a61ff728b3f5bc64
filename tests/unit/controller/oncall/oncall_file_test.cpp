#include "controller/oncall/oncall_file.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::oncall {
namespace {

constexpr std::string_view good = R"(people:
- {name: anna, receiver: anna-phone}
- {name: ben, receiver: ben-phone}
rotas:
- name: primary
  time_zone: Europe/Berlin
  layers:
  - {people: [anna, ben], handover: weekly monday 09:00, starts: 2026-11-02}
  - name: nights
    people: [ben]
    handover: daily 22:00
    starts: 2026-11-02
    hours: 22:00-06:00
    weekdays: monday:friday
escalations:
- name: pages
  matchers: ['severity="page"', 'team=~"web|db"']
  steps:
  - {notify: [rota:primary]}
  - {after: 10m, notify: [person:ben, receiver:team]}
  repeat: {times: 2, after: 30m}
- name: rest
  steps: [{after: 1h, notify: [rota:primary]}]
)";

std::string fault(std::string text, std::string_view from, std::string_view to) {
    const auto place = text.find(from);
    BOOST_REQUIRE(place != std::string::npos);
    const auto read = parse_oncall(text.replace(place, from.size(), to), "c.yaml");
    BOOST_REQUIRE_MESSAGE(!read.has_value(), to);
    return read.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oncall_file)

BOOST_AUTO_TEST_CASE(people_rotas_and_escalations_are_read) {
    const auto read = parse_oncall(good, "c.yaml").value();
    BOOST_TEST(read.find_person("ben")->receiver == "ben-phone");
    BOOST_TEST(read.find_person("ben")->place == "c.yaml:3: receiver");
    const auto* rota = read.find_rota("primary");
    BOOST_REQUIRE(rota != nullptr);
    BOOST_TEST(rota->zone.name() == "Europe/Berlin");
    BOOST_REQUIRE(rota->layers.size() == 2u);
    BOOST_TEST(rota->layers[0].name == "layer 1");
    BOOST_TEST(rota->layers[1].name == "nights");
    BOOST_REQUIRE(rota->layers[1].hours.times.size() == 2u);  // over midnight
    BOOST_TEST(rota->layers[1].hours.times[0].begin == 22 * 60);
    BOOST_TEST(rota->layers[1].hours.times[1].end == 6 * 60);
    const auto* policy = read.policy_for({{"severity", "page"}, {"team", "db"}});
    BOOST_REQUIRE(policy != nullptr);
    BOOST_TEST(policy->name == "pages");
    BOOST_REQUIRE(policy->steps.size() == 2u);
    BOOST_TEST(text_of(policy->steps[1].callees[1]) == "receiver:team");
    BOOST_TEST(read.policy_for({{"severity", "page"}})->name == "rest");
    BOOST_TEST(read.find_policy("pges") == nullptr);
}

// 0, 10m; then 30m after the last step 40m, 50m; then 80m, 90m.
BOOST_AUTO_TEST_CASE(rounds_follow_each_other_after_the_last_step) {
    const auto read = parse_oncall(good, "c.yaml").value();
    const auto& policy = read.policies[0];
    BOOST_TEST(policy.steps_count() == 6u);
    const std::vector<std::chrono::minutes> expected{0min, 10min, 40min, 50min, 80min, 90min};
    for (size_t i = 0; i < expected.size(); ++i) {
        BOOST_TEST((policy.due(i) == expected[i]), i);
    }
}

BOOST_AUTO_TEST_CASE(each_fault_names_file_line_key_and_the_nearest_known_name) {
    const std::string text(good);
    const std::vector<std::tuple<std::string_view, std::string_view, std::string_view>> faults{
        {"people:", "peoples:", "c.yaml:1: unknown key 'peoples', did you mean 'people'?"},
        {"receiver: anna-phone", "receivr: anna-phone", "c.yaml:2: unknown key 'receivr', did you mean 'receiver'?"},
        {"name: ben,", "name: anna,", "c.yaml:3: people: 'anna' is defined twice"},
        {"name: ben,", "name: 'be n',", "c.yaml:3: name: 'be n' must be one word without ':' and ','"},
        {"Europe/Berlin", "Europe/Berln", "c.yaml:6: time_zone: time zone 'Europe/Berln' is not in"},
        {"time_zone: Europe/Berlin", "# no zone", "c.yaml:5: key 'time_zone' is missing"},
        {"[anna, ben], handover", "[anna, benn], handover",
         "c.yaml:8: people: there is no person 'benn', did you mean 'ben'?"},
        {"[anna, ben], handover", "[], handover", "c.yaml:8: people: must name somebody"},
        {"weekly monday 09:00", "weekly", "c.yaml:8: handover: 'weekly' is no handover such as"},
        {"starts: 2026-11-02", "starts: soon", "c.yaml:8: starts: 'soon' is no date such as 2026-11-30"},
        {"hours: 22:00-06:00", "hours: 22:00", "c.yaml:13: hours: '22:00' are no hours such as"},
        {"hours: 22:00-06:00", "hours: 22:00-22:00", "c.yaml:13: hours: "},
        {"monday:friday", "mon", "c.yaml:14: weekdays: 'mon' is no weekday"},
        {"severity=\"page\"", "severity", "c.yaml:17: matchers: "},
        {"{notify: [rota:primary]}", "{notify: [rota:primry]}",
         "c.yaml:19: notify: there is no rota:primry, did you mean 'primary'?"},
        {"person:ben", "person:bn", "c.yaml:20: notify: there is no person:bn, did you mean 'ben'?"},
        {"person:ben", "ben", "c.yaml:20: notify: 'ben' must be rota:NAME, person:NAME or receiver:NAME"},
        {"person:ben, receiver:team", "", "c.yaml:20: notify: must name somebody"},
        {"after: 10m", "after: 0s", "c.yaml:20: after: must be more than 0s, the step's before it"},
        {"after: 10m", "after: soon", "c.yaml:20: after: "},
        {"times: 2", "times: 0", "c.yaml:21: times: must be 1 to 1000"},
        {", after: 30m", "", "c.yaml:21: key 'after' is missing"},
        {"after: 30m", "after: 0s", "c.yaml:21: after: must be at least 1s"},
        {"name: rest", "name: pages", "c.yaml:22: escalations: 'pages' is defined twice"},
    };
    for (const auto& [from, to, message] : faults) {
        const auto told = fault(text, from, to);
        BOOST_TEST(told.starts_with(message), told);
    }
}

BOOST_AUTO_TEST_CASE(lists_of_several_files_add_up) {
    const auto document = [](std::string_view text, const std::string& file) {
        return config::Document{file, config::parse_yaml(text, file).value()};
    };
    const std::vector<config::Document> parts{
        document("escalations: [{name: all, steps: [{notify: [person:zoe]}]}]", "a.yaml"),
        document("people: [{name: zoe, receiver: zoe}]", "b.yaml")};
    const auto read = read_oncall(parts).value();
    BOOST_TEST(read.policies.size() == 1u);
    BOOST_TEST(read_oncall({}).value().is_empty());
    const std::vector<config::Document> twice{parts[1], parts[1]};
    BOOST_TEST(read_oncall(twice).error().message == "b.yaml:1: people: 'zoe' is defined twice");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller::oncall

#include "agent/jobs/host_job.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent;

namespace {
bool matches(std::string_view pattern, const std::string& value) {
    return ParameterPattern::parse(pattern).value().matches(value);
}
HostJob job(const std::string& name) {
    HostJob made;
    made.name = name;
    made.worker_arguments = {"command", "--", "/bin/true"};
    return made;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(host_job)

BOOST_AUTO_TEST_CASE(backups_carry_the_host_s_name_in_the_fleet) {
    HostJob backup;
    backup.name = "files";
    backup.kind = HostJobKind::backup;
    backup.worker_arguments = {"backup", "run", "--repo", "/r", "--", "/etc"};
    const auto jobs = with_host_name({backup, job("tool")}, "web-1");
    BOOST_TEST(jobs[0].worker_arguments ==
                   (std::vector<std::string>{"backup", "run", "--host", "web-1", "--repo", "/r", "--", "/etc"}),
               boost::test_tools::per_element());
    BOOST_TEST(jobs[1].worker_arguments == job("tool").worker_arguments, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_job_that_cannot_be_is_told_with_its_place) {
    auto bad = job("x y");
    bad.place = "agent.yaml:7";
    BOOST_TEST(JobTable::make({bad}).error().message.starts_with("agent.yaml:7: job 'x y'"));
}

BOOST_AUTO_TEST_CASE(patterns_match_whole_values) {
    BOOST_TEST(matches("integer", "-12"));
    BOOST_TEST(!matches("integer", "12a"));
    BOOST_TEST(!matches("integer", ""));
    BOOST_TEST(!matches("integer", "99999999999999999999"));
    BOOST_TEST(matches("integer 1..10", "10"));
    BOOST_TEST(!matches("integer 1..10", "11"));
    BOOST_TEST(matches("word", "web-1.example_x"));
    BOOST_TEST(!matches("word", "two words"));
    BOOST_TEST(matches("choice fast|slow", "slow"));
    BOOST_TEST(!matches("choice fast|slow", "fast|slow"));
    BOOST_TEST(matches("[a-z]+|x9", "abc"));
    BOOST_TEST(!matches("[a-z]+|x9", "abc1"));
    BOOST_TEST(!matches("[a-z]+|x9", "x9x"));
}

BOOST_AUTO_TEST_CASE(control_characters_never_pass) {
    BOOST_TEST(!matches(".*", "a\nb"));
    BOOST_TEST(!matches(".*", std::string("a\0b", 3)));
    BOOST_TEST(!matches(".*", std::string(parameter_value_bytes_max + 1, 'a')));
}

BOOST_AUTO_TEST_CASE(wrong_tables_name_the_job) {
    auto broken = job("scan");
    broken.parameters = {{"depth", "integer 5..1"}};
    BOOST_TEST(JobTable::make({broken}).error().message.find("job 'scan': parameter 'depth'") == 0u);
    broken.parameters = {{"depth", "[a-"}};
    BOOST_TEST(JobTable::make({broken}).error().message.find("regular expression") != std::string::npos);
    BOOST_TEST((JobTable::make({job("a"), job("a")}).error().code == ErrorCode::conflict));
    BOOST_TEST(!JobTable::make({job("a b")}));
    auto endless = job("a");
    endless.timeout = 0ms;
    BOOST_TEST(!JobTable::make({endless}));
}

BOOST_AUTO_TEST_CASE(names_become_environment_variables) {
    BOOST_TEST(environment_name("max-depth") == "VIGIE_PARAM_MAX_DEPTH");
    BOOST_TEST(environment_name("a.b_2") == "VIGIE_PARAM_A_B_2");
}

BOOST_AUTO_TEST_SUITE_END()

#include "controller/jobs/run_reason.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller {
namespace {

std::string reason(RunPhase phase, const std::string& message, const std::string& output,
                   const std::string& report = "") {
    JobRun run;
    run.phase = phase;
    run.message = message;
    run.output_tail = output;
    run.report_json = report;
    return reason_of(run);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reason_of_a_run)

BOOST_AUTO_TEST_CASE(is_the_worker_s_own_sentence) {
    BOOST_TEST(reason(RunPhase::failed, "exited with status 1",
                      "note: a\n{\"error\":{\"code\":\"not_found\",\"message\":\"/srv/backup: no repository\"}}\n") ==
               "/srv/backup: no repository");
    BOOST_TEST(reason(RunPhase::failed, "exited with status 7", "one\ntwo\r\n\n") == "exited with status 7: two");
    BOOST_TEST(reason(RunPhase::failed, "ended by signal 9", "") == "ended by signal 9");
    BOOST_TEST(reason(RunPhase::failed, "exited with status 1", "{\"error\":7}\n") ==
               "exited with status 1: {\"error\":7}");
    BOOST_TEST(reason(RunPhase::failed, "exited with status 1", std::string(100'000, '{')).size() < 400u);
}

BOOST_AUTO_TEST_CASE(stays_what_the_host_or_the_controller_said) {
    BOOST_TEST(reason(RunPhase::timed_out, "ended after 10m", "last words") == "ended after 10m");
    BOOST_TEST(reason(RunPhase::failed, "the agent was stopped before it began", "x") ==
               "the agent was stopped before it began");
    BOOST_TEST(reason(RunPhase::succeeded, "", "chatter\n") == "");
}

BOOST_AUTO_TEST_CASE(of_a_partial_run_names_its_problems) {
    BOOST_TEST(reason(RunPhase::partial, "", "",
                      R"({"problems":[{"path":"/etc/a","message":"Permission denied"}],"problem_count":200})") ==
               "200 problems, the first: /etc/a: Permission denied");
    BOOST_TEST(reason(RunPhase::partial, "", "", R"({"problems":[{"message":"vanished"}]})") ==
               "1 problem, the first: vanished");
    BOOST_TEST(reason(RunPhase::partial, "", "one of two done\n", R"({"problems":[]})") == "one of two done");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller

#include "agent/probes/capture.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent;

namespace {
struct CaptureFixture {
    SystemClock clock;
    Result<std::string> shell(const std::string& script, milliseconds time = 1min) {
        return capture({"sh", "-c", script}, clock, clock.mono() + time);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(capture_output, CaptureFixture)

BOOST_AUTO_TEST_CASE(gives_what_a_program_prints_whatever_its_exit_status) {
    BOOST_TEST(shell("echo a; echo b; exit 3").value() == "a\nb\n");
    BOOST_TEST(shell("cat").value() == "");  // its input is empty
}

BOOST_AUTO_TEST_CASE(kills_it_at_the_deadline) {
    const auto output = shell("exec sleep 1000", 20ms);
    BOOST_REQUIRE(!output);
    BOOST_TEST((output.error().code == ErrorCode::timed_out));
}

BOOST_AUTO_TEST_CASE(bounds_what_it_prints) {
    const auto output = shell("exec yes");
    BOOST_REQUIRE(!output);
    BOOST_TEST((output.error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_CASE(of_a_program_that_is_not_there_is_nothing) {
    BOOST_TEST(capture({"/no/such/program"}, clock, clock.mono() + 1min).value() == "");
}

BOOST_AUTO_TEST_SUITE_END()

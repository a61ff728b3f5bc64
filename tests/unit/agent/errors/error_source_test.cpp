// From bytes of several logs to what is told of them.
#include "agent/errors/error_source.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/errors/fake_logs.hpp"

namespace vigie::agent::errors {
namespace {

struct World {
    FakeLogs logs;
    MonoTime now{};
    WallTime wall = wall_from_unix_ms(1'800'000'000'000);
    ErrorOptions options{{LogSource{.paths = {"/var/log/*.log"}, .except = {"*/noisy.log"}}}};
    std::unique_ptr<ErrorSource> source;
    std::vector<ErrorReport> reports;
    std::vector<std::string> notices;

    World() { start({}); }
    void start(Positions known) { source = std::make_unique<ErrorSource>(logs, options, std::move(known)); }
    PollOutcome poll() {
        now += 1s;
        wall += 1s;
        auto outcome = source->poll(wall, now);
        reports.insert(reports.end(), outcome.reports.begin(), outcome.reports.end());
        notices.insert(notices.end(), outcome.notices.begin(), outcome.notices.end());
        return outcome;
    }
    void poll_for(int count) {
        for (int i = 0; i < count; ++i) {
            poll();
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(error_source, World)

BOOST_AUTO_TEST_CASE(errors_of_new_lines_are_told_with_their_stack) {
    logs.append("/var/log/app.log", "ERROR:app:old\n");
    poll();
    logs.append("/var/log/app.log",
                "INFO:app:begun\nERROR:app:no user 'ann', password=hunter2\nTraceback (most recent call last):\n");
    poll();
    logs.append("/var/log/app.log", "  File \"/srv/x.py\", line 3, in f\nValueError: no\n");
    poll_for(3);
    BOOST_REQUIRE(reports.size() == 1u);
    BOOST_TEST(reports[0].file == "/var/log/app.log");
    BOOST_TEST(reports[0].sample.message == "no user 'ann', password=[scrubbed]");
    BOOST_TEST(reports[0].sample.exception == "ValueError");
    BOOST_TEST(reports[0].count == 1u);
    BOOST_TEST(notices.empty());
    BOOST_TEST(poll().counted.at("/var/log/app.log") == 1u);
}

BOOST_AUTO_TEST_CASE(a_log_that_comes_later_is_found) {
    poll();
    logs.append("/var/log/new.log", "ERROR:app:first\n");
    logs.append("/var/log/noisy.log", "ERROR:app:left out\n");
    logs.append("/srv/other.log", "ERROR:app:elsewhere\n");
    poll_for(15);
    BOOST_REQUIRE(reports.size() == 1u);
    BOOST_TEST(reports[0].sample.message == "first");
}

BOOST_AUTO_TEST_CASE(a_restart_loses_and_repeats_nothing) {
    logs.append("/var/log/app.log", "");
    poll();
    logs.append("/var/log/app.log", "ERROR:app:one\n");
    poll_for(3);
    const auto known = source->positions();
    logs.append("/var/log/app.log", "ERROR:app:while away\n");
    start(known);
    poll_for(3);
    BOOST_REQUIRE(reports.size() == 2u);
    BOOST_TEST(reports[1].sample.message == "while away");
}

BOOST_AUTO_TEST_CASE(what_was_counted_is_told_at_the_end) {
    logs.append("/var/log/app.log", "");
    poll();
    logs.append("/var/log/app.log", "ERROR:app:m\n");
    poll_for(3);
    logs.append("/var/log/app.log", "ERROR:app:m\nERROR:app:m\n");
    poll();
    const auto last = source->finish(wall, now);
    BOOST_REQUIRE(last.size() == 1u);
    BOOST_TEST(last[0].count == 2u);
}

BOOST_AUTO_TEST_CASE(too_many_logs_are_told_once) {
    for (size_t i = 0; i < followed_files_max + 5; ++i) {
        logs.append(fmt::format("/var/log/{}.log", i), "");
    }
    poll_for(30);
    BOOST_REQUIRE(notices.size() == 1u);
    BOOST_TEST(notices[0] == "5 logs are not looked at: more than 200 match");
}

BOOST_AUTO_TEST_CASE(a_log_that_is_removed_makes_way) {
    logs.append("/var/log/a.log", "");
    poll();
    BOOST_TEST(source->positions().size() == 1u);
    logs.remove("/var/log/a.log");
    poll_for(40);
    BOOST_TEST(source->positions().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors

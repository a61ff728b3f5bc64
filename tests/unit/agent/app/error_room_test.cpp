// Real files followed on a real loop, over a restart.
#include "agent/app/error_room.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace vigie::agent {
namespace {

struct Room {
    tests::TempFolder folder;
    std::string log = folder / "app.log";
    std::string positions = folder / "errors.positions";
    SystemFiles files;
    SystemClock clock;
    std::unique_ptr<Loop> loop = Loop::open().value();
    std::vector<std::string> told;
    std::vector<std::string> notices;

    void append(std::string_view text) { std::ofstream(log, std::ios::app) << text; }
    // Polls every millisecond until `count` errors were told or, for none, a number of times.
    void run(size_t count) {
        ErrorRoom room(*loop, files, clock,
                       {.options = {{errors::LogSource{.paths = {folder / "*.log"}, .except = {}}}},
                        .positions_file = positions,
                        .poll_every = 1ms},
                       {.tell =
                            [&](const errors::ErrorReport& report) {
                                told.push_back(report.sample.message);
                                if (told.size() == count) {
                                    loop->stop();
                                }
                            },
                        .notice = [&](std::string notice) { notices.push_back(std::move(notice)); }});
        Timer limit(*loop, [&] { loop->stop(); });
        limit.start_once(count == 0 ? 100ms : 60'000ms);
        loop->run();
        room.close();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(error_room, Room)

BOOST_AUTO_TEST_CASE(what_is_written_while_it_is_away_is_told_and_nothing_twice) {
    append("ERROR:app:before it was there\n");
    run(0);
    BOOST_TEST(told.empty());
    append("ERROR:app:one\n");
    run(1);
    append("ERROR:app:two\n");
    run(2);
    BOOST_TEST(told == (std::vector<std::string>{"one", "two"}), boost::test_tools::per_element());
    BOOST_TEST(notices.empty());
}

BOOST_AUTO_TEST_CASE(damaged_positions_are_told_and_do_no_harm) {
    std::ofstream(positions) << "something else";
    append("ERROR:app:before\n");
    run(0);
    BOOST_TEST(told.empty());
    BOOST_REQUIRE(notices.size() == 1u);
    BOOST_TEST(notices[0].find("no positions of logs") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

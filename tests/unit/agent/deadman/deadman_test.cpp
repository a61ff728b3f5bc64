#include "agent/deadman/deadman.hpp"

#include <boost/test/unit_test.hpp>

#include "agent/deadman/state_row.hpp"

using namespace vigie;
using namespace vigie::agent;

namespace {
// Ten minutes, and five more for each place.
struct Silence {
    MonoTime now{std::chrono::hours{1}};
    WallTime wall = wall_from_unix_ms(1'800'000'000'000);
    Deadman deadman{{}, {}, now, wall};

    // The agent runs meanwhile, and looks when it is to.
    void pass(milliseconds time) {
        const auto end = now + time;
        for (auto next = deadman.next_due(); next && *next < end && *next < deadman.page_due();
             next = deadman.next_due()) {
            stand_still(std::chrono::ceil<milliseconds>(*next - now));
            BOOST_TEST(!deadman.take_due(now).has_value());
        }
        stand_still(std::chrono::ceil<milliseconds>(end - now));
    }
    void stand_still(milliseconds time) {
        now += time;
        wall += time;
    }
    void hear(uint8_t deputy, uint64_t watch = 7) { deadman.heard(deputy, watch, now, wall); }
    void restart() {
        const auto kept = read_state_row(state_row(deadman.state())).value();
        deadman = Deadman({}, kept, now, wall);
    }
    bool is_due() { return deadman.page_due() && *deadman.page_due() <= now; }
    std::string post(Posted outcome) {
        const auto page = deadman.take_due(now);
        if (!page) {
            return "";
        }
        deadman.posted(outcome, now);
        return page->is_resolved ? "resolved" : "firing";
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(controller_deadman, Silence)

BOOST_AUTO_TEST_CASE(who_is_no_deputy_never_pages) {
    hear(0);
    pass(std::chrono::hours{24});
    BOOST_TEST(!deadman.next_due().has_value());
    BOOST_TEST(post(Posted::taken) == "");
}

BOOST_AUTO_TEST_CASE(the_first_deputy_pages_once_and_takes_it_back) {
    hear(1);
    pass(10min - 1ms);
    BOOST_TEST(post(Posted::taken) == "");
    pass(1ms);
    BOOST_TEST(post(Posted::taken) == "firing");
    pass(std::chrono::hours{24});
    BOOST_TEST(post(Posted::taken) == "");
    hear(1);
    BOOST_TEST(post(Posted::taken) == "resolved");
    BOOST_TEST(post(Posted::taken) == "");
    pass(10min);
    BOOST_TEST(post(Posted::taken) == "firing");  // another silence
}

BOOST_AUTO_TEST_CASE(the_third_waits_for_the_two_before_it) {
    hear(3);
    pass(20min - 1ms);
    BOOST_TEST(!is_due());
    pass(1ms);
    BOOST_TEST(post(Posted::taken) == "firing");
}

BOOST_AUTO_TEST_CASE(a_restart_neither_repeats_a_page_nor_forgets_to_take_it_back) {
    hear(1);
    pass(10min);
    BOOST_TEST(post(Posted::taken) == "firing");
    restart();
    pass(std::chrono::hours{1});
    BOOST_TEST(post(Posted::taken) == "");
    restart();
    hear(0, 9);  // by now another is the first
    const auto page = deadman.take_due(now);
    BOOST_REQUIRE(page.has_value());
    BOOST_TEST(page->is_resolved);
    BOOST_TEST(page->watch == 7U);
    BOOST_TEST(unix_ms(page->silent_since) == 1'800'000'000'000);
}

BOOST_AUTO_TEST_CASE(a_restart_within_the_silence_keeps_the_place_and_counts_anew) {
    hear(1);
    pass(9min);
    restart();
    pass(10min - 1ms);
    BOOST_TEST(!is_due());
    pass(1ms);
    BOOST_TEST(post(Posted::taken) == "firing");
}

BOOST_AUTO_TEST_CASE(an_agent_that_is_cut_off_itself_tries_with_growing_pauses_and_then_says_nothing) {
    hear(1);
    pass(10min);
    std::vector<int64_t> pauses;
    for (int i = 0; i < 7; ++i) {
        BOOST_TEST(post(Posted::failed) == "firing");
        pauses.push_back(std::chrono::duration_cast<seconds>(*deadman.page_due() - now).count());
        pass(seconds(pauses.back()));
    }
    BOOST_TEST(pauses == (std::vector<int64_t>{10, 20, 40, 80, 160, 300, 300}), boost::test_tools::per_element());
    hear(1);  // nobody was told, so nothing is taken back
    BOOST_TEST(post(Posted::taken) == "");
    pass(10min);
    const auto page = deadman.take_due(now);
    BOOST_REQUIRE(page.has_value());
    BOOST_TEST(page->attempts_before == 0U);
}

BOOST_AUTO_TEST_CASE(a_page_whose_answer_was_lost_is_tried_again_and_taken_back) {
    hear(1);
    pass(10min);
    BOOST_TEST(post(Posted::unknown) == "firing");
    BOOST_TEST(post(Posted::taken) == "");
    pass(10s);
    BOOST_TEST(post(Posted::unknown) == "firing");
    hear(1);
    BOOST_TEST(post(Posted::failed) == "resolved");
    pass(10s);
    hear(1);
    BOOST_TEST(post(Posted::taken) == "resolved");
    BOOST_TEST(!deadman.state().is_open);
}

BOOST_AUTO_TEST_CASE(a_controller_heard_while_the_page_is_under_way_is_told_after_it) {
    hear(1);
    pass(10min);
    BOOST_REQUIRE(deadman.take_due(now).has_value());
    hear(1);
    BOOST_TEST(!deadman.take_due(now).has_value());
    deadman.posted(Posted::taken, now);
    BOOST_TEST(post(Posted::taken) == "resolved");
}

BOOST_AUTO_TEST_CASE(a_restart_while_a_page_is_under_way_takes_it_for_told) {
    hear(1);
    pass(10min);
    BOOST_REQUIRE(deadman.take_due(now).has_value());
    restart();
    hear(1);
    BOOST_TEST(post(Posted::taken) == "resolved");
    BOOST_TEST(post(Posted::taken) == "");
}

BOOST_AUTO_TEST_CASE(a_refusal_after_a_lost_answer_leaves_something_to_take_back) {
    hear(1);
    pass(10min);
    BOOST_TEST(post(Posted::unknown) == "firing");
    pass(10s);
    BOOST_TEST(post(Posted::failed) == "firing");
    hear(1);
    BOOST_TEST(post(Posted::taken) == "resolved");
}

// As long as it takes to page, and less: behind it nobody is paged before the agent has listened.
BOOST_AUTO_TEST_CASE(a_standstill_is_no_silence_whatever_it_lasts) {
    for (const milliseconds time : {milliseconds{10min}, milliseconds{9min}, milliseconds{1min}}) {
        hear(1);
        pass(10min - time);
        stand_still(time);
        BOOST_TEST(post(Posted::taken) == "");
        pass(1min);
        BOOST_TEST(post(Posted::taken) == "");
    }
}

BOOST_AUTO_TEST_CASE(an_agent_that_pages_after_seconds_sees_a_standstill_of_seconds) {
    deadman = Deadman({.url_file = "/u", .ca_file = "", .after = 8s}, {}, now, wall);
    hear(1);
    pass(500ms);
    stand_still(7500ms);
    BOOST_TEST(post(Posted::taken) == "");
    hear(1);
    pass(8s);
    BOOST_TEST(post(Posted::taken) == "firing");
}

BOOST_AUTO_TEST_CASE(an_agent_that_stood_still_itself_listens_before_it_pages) {
    hear(1);
    stand_still(std::chrono::hours{1});
    BOOST_TEST(post(Posted::taken) == "");
    BOOST_TEST((*deadman.page_due() - now == 2min));
    pass(2min);
    BOOST_TEST(post(Posted::taken) == "firing");  // and heard nobody
    hear(1);
    BOOST_TEST(post(Posted::taken) == "resolved");
    stand_still(std::chrono::hours{1});
    BOOST_TEST(post(Posted::taken) == "");
    pass(1min);
    hear(1);
    pass(9min);
    BOOST_TEST(post(Posted::taken) == "");
}

BOOST_AUTO_TEST_CASE(a_jump_of_the_wall_clock_is_no_silence) {
    hear(1);
    wall += std::chrono::hours{24};
    BOOST_TEST(!is_due());
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_refused) {
    const DeadmanState state{2, UINT64_MAX, true, true, 3, wall};
    BOOST_TEST(state_row(state) == "1 2 18446744073709551615 1 1 3 1800000000000\n");
    BOOST_TEST((read_state_row(state_row(state)).value() == state));
    for (const auto* row : {"", "1", "1 2 3 1 1 3 4", "2 2 3 1 1 3 4\n", "1 256 3 1 1 3 4\n", "1 2 3 0 1 3 4\n",
                            "1 2 3 1 1 3 4\nx", "1 2 3 1 1 -3 4\n", "1 2 3 1 1 3 18446744073709551615\n"}) {
        BOOST_TEST(!read_state_row(row).has_value(), row);
    }
}

BOOST_AUTO_TEST_SUITE_END()

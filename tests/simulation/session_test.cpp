// Seeds of session_simulation under different faults. VIGIE_SEED=n runs that one only, in each case.
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "tests/simulation/session_simulation.hpp"

namespace vigie::simulation {
namespace {

struct Outcome {
    std::string problem;  // of the first seed that has one
    uint64_t seeds = 0;
    uint64_t applied = 0;
    bool has_applied_much() const {
        return applied > seeds * 50;
    }  // a simulation in which nothing happens proves nothing
};

Outcome run_seeds(Faults faults, uint64_t count) {
    uint64_t first = 1;
    if (const char* text = std::getenv("VIGIE_SEED")) {
        first = std::strtoull(text, nullptr, 10);
        count = 1;
    }
    Outcome outcome{.problem = {}, .seeds = count};
    for (uint64_t seed = first; seed < first + count && outcome.problem.empty(); ++seed) {
        SessionSimulation simulation(seed, faults);
        if (const auto problem = simulation.run(); !problem.empty()) {
            outcome.problem = fmt::format("VIGIE_SEED={}: {}", seed, problem);
        }
        outcome.applied += simulation.applied_count();
    }
    return outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sessions_over_a_bad_network)

BOOST_AUTO_TEST_CASE(apply_all_once_without_faults) {
    const auto outcome = run_seeds(Faults{.loss = 0,
                                          .repetition = 0,
                                          .delay_ms_max = 1,
                                          .agent_crash = 0,
                                          .controller_crash = 0,
                                          .commit_failure = 0,
                                          .socket_full = 0},
                                   20);
    BOOST_TEST(outcome.problem == "");
    BOOST_TEST(outcome.has_applied_much());
}

BOOST_AUTO_TEST_CASE(apply_all_once_though_both_sides_crash) {
    const auto outcome =
        run_seeds(Faults{.loss = 0, .repetition = 0, .delay_ms_max = 1, .agent_crash = 5, .controller_crash = 5}, 60);
    BOOST_TEST(outcome.problem == "");
    BOOST_TEST(outcome.has_applied_much());
}

BOOST_AUTO_TEST_CASE(apply_all_once_though_messages_are_lost_repeated_and_reordered) {
    const auto outcome = run_seeds(Faults{.loss = 20, .repetition = 20, .delay_ms_max = 800}, 60);
    BOOST_TEST(outcome.problem == "");
    BOOST_TEST(outcome.has_applied_much());
}

BOOST_AUTO_TEST_CASE(repeat_what_a_restored_controller_lacks) {
    const auto outcome = run_seeds(Faults{.controller_crash = 5, .has_restoration = true}, 60);
    BOOST_TEST(outcome.problem == "");
    BOOST_TEST(outcome.has_applied_much());
}

BOOST_AUTO_TEST_CASE(begin_again_with_a_new_outbox) {
    const auto outcome = run_seeds(Faults{.agent_crash = 5, .has_new_outbox = true}, 40);
    BOOST_TEST(outcome.problem == "");
    BOOST_TEST(outcome.has_applied_much());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::simulation

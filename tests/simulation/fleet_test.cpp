// Seeds of fleet_simulation. VIGIE_SEED=n runs that one only; VIGIE_SEED=n VIGIE_SEEDS=m that one and those behind it.
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "shared/log/log.hpp"
#include "tests/simulation/fleet_simulation.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::simulation {
namespace {

// About 200 ms of processor time each under the sanitizers.
constexpr uint64_t seeds_of_a_test = 200;

uint64_t number_from(const char* variable, uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct QuietLog {
    QuietLog() { BOOST_REQUIRE(log::open_file("/dev/null").has_value()); }  // faults are what it would tell of
    tests::TempFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fleet, QuietLog)

BOOST_AUTO_TEST_CASE(loses_nothing_does_nothing_twice_and_comes_to_rest) {
    const auto first = number_from("VIGIE_SEED", 1);
    const auto count = number_from("VIGIE_SEEDS", std::getenv("VIGIE_SEED") == nullptr ? seeds_of_a_test : 1);
    Tally all;
    for (uint64_t seed = first; seed < first + count; ++seed) {
        FleetSimulation simulation(seed, folder.path());
        const auto problem = simulation.run();
        all += simulation.tally();
        BOOST_REQUIRE_MESSAGE(problem.empty(), "VIGIE_SEED=" << seed << ": " << problem);
    }
    BOOST_TEST_MESSAGE(count << " seeds: " << all.steps << " steps, " << all.entries << " entries, " << all.missing
                             << " missing, " << all.transitions << " transitions, " << all.evaluations
                             << " evaluations, " << all.pages << " pages, " << all.spawns << " spawns, " << all.deaths
                             << " deaths, " << all.restorations << " restored, " << all.set_backs << " set back, "
                             << all.renewals << " renewed, " << all.doubtful << " commits found after all");
    // A simulation in which nothing happens proves nothing.
    BOOST_TEST(all.entries > count * 20);
    BOOST_TEST((count < 50 || (all.missing > 0 && all.transitions > count && all.evaluations > count &&
                               all.pages > count && all.spawns > count && all.deaths > count && all.restorations > 0 &&
                               all.set_backs > 0 && all.renewals > 0 && all.doubtful > 0)));
}

BOOST_AUTO_TEST_CASE(replays_a_seed_step_by_step) {
    for (const uint64_t seed : {3, 4, 5}) {
        FleetSimulation once(seed, folder.path());
        const auto problem = once.run();
        FleetSimulation again(seed, folder.path());
        BOOST_TEST(again.run() == problem);
        BOOST_TEST((again.tally() == once.tally()), "seed " << seed);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::simulation

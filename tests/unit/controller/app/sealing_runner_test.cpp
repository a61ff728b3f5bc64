// Rounds of sealing beside the loop; the commits are the test's.
#include "controller/app/sealing_runner.hpp"

#include "controller/sealing/tier_progress.hpp"
#include "controller/store/faulty_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr WallTime start = wall_from_unix_ms(1'800'000'000'000);

struct Running : tests::Stored {
    tests::ManualClock clock;
    FaultyStore faulty{store};
    DirectCommitter commits{faulty};
    std::unique_ptr<Loop> loop = Loop::open().value();
    std::unique_ptr<SealingRunner> runner;

    Running() {
        clock.advance(24h);
        for (uint64_t id = 1; id <= 3; ++id) {
            add_series(id, fmt::format("web-{}", id), "load");
            add_row(fmt::format("web-{}", id), start, {id}, {1});
        }
        SealLimits limits;
        limits.hosts_max = 1;
        runner = std::make_unique<SealingRunner>(*loop, store, commits, clock, limits);
    }
    // Begins a round and lets it go on until nothing is queued and `is_over`.
    void run_until(const std::function<bool()>& is_over) {
        Timer pump(*loop, [&] {
            commits.run_pending();
            if (is_over()) {
                loop->stop();
            }
        });
        pump.start_every(1ms);
        loop->post([this] { runner->begin(); });
        loop->run();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sealing_runner, Running)

BOOST_AUTO_TEST_CASE(a_round_goes_on_until_all_is_sealed) {
    run_until([this] { return faulty.commits_tried == 3; });
    BOOST_TEST(rows(Family::head) == 0u);
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_ends_the_round_and_the_next_does_it_again) {
    faulty.fail_from_commit = 2;
    run_until([this] { return faulty.commits_tried == 2; });
    BOOST_TEST(rows(Family::head) == 2u);
    // Until it has heard of the failure begin() does nothing, so it is said again and again.
    Timer again(*loop, [this] { runner->begin(); });
    again.start_every(1ms);
    run_until([this] { return faulty.commits_tried == 4; });
    BOOST_TEST(rows(Family::head) == 0u);
}

BOOST_AUTO_TEST_CASE(coarser_tiers_are_made_while_the_head_can_not_be_read) {
    run_until([this] { return rows(Family::head) == 0; });
    runner.reset();
    commits.run_pending();
    add_row("web-1", start + 1min, {1}, {2});
    StoreBatch batch;
    put_made_before(Tier::five_minutes, 0, batch);
    BOOST_REQUIRE(store.commit(batch));
    faulty.fail_read = faulty.reads_tried + 1;  // the first look into the head
    runner = std::make_unique<SealingRunner>(*loop, faulty, commits, clock);
    run_until([this] { return made_before(store, Tier::five_minutes).value() != 0u; });
    BOOST_TEST(rows(Family::head) == 1u);
}

BOOST_AUTO_TEST_CASE(an_end_in_the_middle_of_a_round_leaves_what_is_committed) {
    run_until([this] { return faulty.commits_tried == 1; });
    runner.reset();
    commits.run_pending();
    BOOST_TEST(faulty.commits_tried < 3u);
    BOOST_TEST(rows(Family::head) == 3u - faulty.commits_tried);
    BOOST_TEST(rows(Family::chunks) == 2 * faulty.commits_tried);  // of each sealed host its times and a pack
}

BOOST_AUTO_TEST_SUITE_END()

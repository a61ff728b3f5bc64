// Rounds of sealing beside the loop; the commits are the test's.
#include "controller/app/sealing_runner.hpp"

#include <future>

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

// A disk that reads nothing for sealing until it is let.
struct StalledReads final : StateStore {
    explicit StalledReads(StateStore& given) : inner(given) {}
    StateStore& inner;
    mutable std::atomic<bool> is_waiting = false;
    std::promise<void> let;
    std::shared_future<void> gate{let.get_future()};

    Result<void> commit(const StoreBatch& batch) override { return inner.commit(batch); }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return inner.get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
        return inner.scan(family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        return inner.scan_back(family, from, to, visit);
    }
    std::unique_ptr<StoreSnapshot> snapshot() const override {
        is_waiting = true;
        gate.wait();
        return inner.snapshot();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sealing_runner, Running)

BOOST_AUTO_TEST_CASE(while_the_disk_reads_nothing_for_it_loop_and_commits_go_on) {
    StalledReads stalled(store);
    runner = std::make_unique<SealingRunner>(*loop, stalled, commits, clock);
    size_t stored = 0;
    run_until([&] {
        if (stalled.is_waiting && stored < 100) {
            commits.submit([&](StoreBatch& batch) { batch.put(Family::meta, fmt::format("entry {}", stored), ""); },
                           [&](const Result<void>& committed) { stored += committed ? 1 : 0; });
        }
        return stored == 100;
    });
    BOOST_TEST(stored == 100u);
    BOOST_TEST(rows(Family::head) == 3u);  // nothing is sealed yet
    stalled.let.set_value();
    run_until([this] { return rows(Family::head) == 0; });
    BOOST_TEST(rows(Family::head) == 0u);
    runner.reset();
}

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

// Coarser tiers whatever fails while they are made: reads, commits, what is damaged, and what comes between two steps.
#include "controller/sealing/tier_progress.hpp"
#include "controller/store/faulty_store.hpp"
#include "tests/unit/controller/sealing/tiers.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr auto start = tests::tiers_start;
constexpr DownsampleLimits two_hosts{.hosts_max = 2};

// Five hosts, so that a slot takes three steps.
struct Faults : tests::Tiers {
    Downsampler five_minutes_by_two{Tier::five_minutes, two_hosts};
    Downsampler hours_by_two{Tier::hour, two_hosts};

    static std::string host(size_t number) { return fmt::format("web-{}", number); }
    static uint64_t spike(size_t number) { return 2 * number; }  // its series' id

    Faults() {
        for (size_t i = 1; i <= 5; ++i) {
            add_host(host(i), 2 * i - 1);
        }
    }
    void add_rows(WallTime at, size_t last = 5) {
        for (size_t i = 1; i <= last; ++i) {
            add_row(host(i), at, {2 * i - 1, 2 * i}, {1, 2});
        }
    }
    // Something of 1000 for the hosts up to `last`, sealed.
    void seal_late(WallTime at, WallTime now, size_t last = 1) {
        for (size_t i = 1; i <= last; ++i) {
            add_row(host(i), at, {spike(i)}, {1'000}, 9);
        }
        make_all(sealer, now);
    }
    void step(Downsampler& maker, WallTime now) {
        auto piece = maker.next(*store.snapshot(), now).value();
        BOOST_REQUIRE(piece.has_value());
        BOOST_TEST(piece->hosts == 2u);
        BOOST_REQUIRE(store.commit(piece->batch));
    }
    double greatest(Tier tier, size_t number, WallTime at) {
        double found = 0;
        for (const auto& window : windows(tier, host(number), spike(number), at)) {
            found = std::max(found, window.max);
        }
        return found;
    }
    std::vector<std::vector<WindowSample>> all_windows(Tier tier, WallTime at) {
        std::vector<std::vector<WindowSample>> all;
        for (size_t i = 1; i <= 5; ++i) {
            all.push_back(windows(tier, host(i), spike(i), at));
        }
        return all;
    }
    void damage(const std::string& from, const std::string& to) {
        StoreBatch batch;
        BOOST_REQUIRE(store.scan(Family::chunks, from, to, [&batch](std::string_view key, auto) {
            batch.put(Family::chunks, std::string(key), "damaged");
            return true;
        }));
        BOOST_REQUIRE(!batch.is_empty());
        BOOST_REQUIRE(store.commit(batch));
    }
    // Until nothing is left to make; failures and what is passed over are counted.
    struct Ending {
        size_t failures = 0;
        size_t passed_over = 0;
        std::string first_passed_over;
    };
    Ending make_through(FaultyStore& faulty, Downsampler& maker, WallTime now) {
        Ending ending;
        for (size_t steps = 0;; ++steps) {
            BOOST_REQUIRE(steps < 50);
            auto piece = maker.next(*faulty.snapshot(), now);
            if (piece && !*piece) {
                return ending;
            }
            if (!piece) {
                ++ending.failures;
                continue;
            }
            if ((*piece)->passed_over > 0) {
                ending.passed_over += (*piece)->passed_over;
                ending.first_passed_over = (*piece)->first_passed_over;
            }
            if (!faulty.commit((*piece)->batch)) {
                ++ending.failures;
                maker.restart();
            }
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(downsampler_faults, Faults)

BOOST_AUTO_TEST_CASE(whichever_read_or_commit_fails_all_hosts_are_made) {
    add_rows(start);
    add_rows(start + 50min);
    make_all(sealer, start + 5h);
    seal_late(start + 90min, start + 5h, 3);
    const auto sealed = store;
    make_all(five_minutes, start + 5h);
    const auto wanted = all_windows(Tier::five_minutes, start);
    BOOST_TEST(wanted[0].size() == 3u);
    BOOST_TEST(wanted[4].size() == 2u);
    for (const bool is_commit : {false, true}) {
        for (size_t number = 1, last = 2; number < last; ++number) {
            store = sealed;
            FaultyStore faulty(store);
            (is_commit ? faulty.fail_from_commit : faulty.fail_read) = number;
            Downsampler maker(Tier::five_minutes, two_hosts);
            const auto ending = make_through(faulty, maker, start + 5h);
            last = std::max(last, is_commit ? faulty.commits_tried : faulty.reads_tried);
            BOOST_TEST(ending.failures <= 1u);
            BOOST_TEST(ending.passed_over == 0u);
            BOOST_TEST((all_windows(Tier::five_minutes, start) == wanted), (is_commit ? "commit " : "read ") << number);
        }
    }
}

BOOST_AUTO_TEST_CASE(whichever_read_or_commit_of_a_repetition_fails_it_is_repeated) {
    add_rows(start);
    make_all(start + 5h);
    seal_late(start + 50min, start + 6h, 3);
    const auto sealed = store;
    make_all(five_minutes, start + 6h);
    const auto wanted = all_windows(Tier::five_minutes, start);
    BOOST_TEST(wanted[2].size() == 2u);
    for (const bool is_commit : {false, true}) {
        for (size_t number = 1, last = 2; number < last; ++number) {
            store = sealed;
            FaultyStore faulty(store);
            (is_commit ? faulty.fail_from_commit : faulty.fail_read) = number;
            Downsampler maker(Tier::five_minutes, two_hosts);
            make_through(faulty, maker, start + 6h);
            last = std::max(last, is_commit ? faulty.commits_tried : faulty.reads_tried);
            BOOST_TEST((all_windows(Tier::five_minutes, start) == wanted), (is_commit ? "commit " : "read ") << number);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_sealed_between_two_steps_of_a_slot_reaches_it) {
    add_rows(start);
    make_all(sealer, start + 5h);
    step(five_minutes_by_two, start + 5h);
    seal_late(start + 1min, start + 5h, 5);  // of hosts that are made, and of others
    make_all(five_minutes_by_two, start + 5h);
    for (size_t i = 1; i <= 5; ++i) {
        BOOST_TEST(greatest(Tier::five_minutes, i, start) == 1'000, host(i));
    }
}

BOOST_AUTO_TEST_CASE(five_minutes_that_change_between_two_steps_of_their_hours_reach_them) {
    const auto now = start + 9 * 24h;
    add_rows(start);
    add_rows(start + 8 * 24h, 1);
    make_all(sealer, now);
    make_all(five_minutes, now);
    step(hours_by_two, now);
    seal_late(start + 1min, now, 5);
    make_all(five_minutes, now);
    make_all(hours_by_two, now);
    for (size_t i = 1; i <= 5; ++i) {
        BOOST_TEST(greatest(Tier::hour, i, start) == 1'000, host(i));
    }
}

BOOST_AUTO_TEST_CASE(an_earlier_slot_that_comes_up_while_a_later_one_is_made_gets_all_its_hosts) {
    add_rows(start + 4h);
    make_all(sealer, start + 9h);
    step(five_minutes_by_two, start + 9h);
    seal_late(start, start + 9h, 5);
    make_all(five_minutes_by_two, start + 9h);
    for (size_t i = 1; i <= 5; ++i) {
        BOOST_TEST(greatest(Tier::five_minutes, i, start) == 1'000, host(i));
        BOOST_TEST(greatest(Tier::five_minutes, i, start + 4h) == 2, host(i));
    }
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_told_and_nothing_else_is_left_out) {
    add_rows(start);
    add_rows(start + 20min);
    add_rows(start + 40min);
    make_all(sealer, start + 5h);
    const auto raw = [](uint32_t bucket) { return slot_of(Tier::raw, start) + bucket; };
    damage(keys::block_packs_start(0, raw(0)), keys::block_slot_start(0, raw(1)));
    damage(keys::block_times(0, raw(1), AgentId{"web-2"}), keys::block_times(0, raw(1), AgentId{"web-3"}));
    FaultyStore faulty(store);
    const auto ending = make_through(faulty, five_minutes_by_two, start + 5h);
    BOOST_TEST(ending.failures == 0u);
    BOOST_TEST(ending.passed_over == 5u * 2 + 1);                 // two series of each host, and a row of times
    BOOST_TEST(ending.first_passed_over.starts_with("web-5: "));  // of the last piece
    for (size_t i = 1; i <= 5; ++i) {
        BOOST_TEST(windows(Tier::five_minutes, host(i), spike(i), start).size() == (i == 2 ? 1u : 2u), host(i));
    }
}

BOOST_AUTO_TEST_CASE(a_repetition_keeps_the_windows_whose_samples_are_damaged_by_now) {
    add_rows(start);
    add_rows(start + 40min);
    make_all(start + 5h);
    const auto bucket = slot_of(Tier::raw, start);
    damage(keys::block_packs_start(0, bucket), keys::block_slot_start(0, bucket + 1));
    seal_late(start + 41min, start + 6h);
    FaultyStore faulty(store);
    BOOST_TEST(make_through(faulty, five_minutes_by_two, start + 6h).passed_over == 2u);
    const auto made = windows(Tier::five_minutes, "web-1", spike(1), start);
    BOOST_REQUIRE(made.size() == 2u);
    BOOST_TEST(made[0].max == 2);
    BOOST_TEST(made[1].max == 1'000);
}

BOOST_AUTO_TEST_CASE(a_repetition_keeps_the_hours_whose_five_minutes_are_gone) {
    const auto now = start + 9 * 24h;
    add_rows(start);
    add_rows(start + 3 * 24h);
    add_rows(start + 8 * 24h, 1);
    make_all(now);
    StoreBatch batch;
    batch.erase_range(Family::chunks, keys::block_slot_start(1, 0),
                      keys::block_slot_start(1, slot_of(Tier::five_minutes, start + 24h)));
    BOOST_REQUIRE(store.commit(batch));
    seal_late(start + 3 * 24h + 1min, now);
    make_all(now);
    const auto hours = windows(Tier::hour, "web-1", spike(1), start);
    BOOST_REQUIRE(hours.size() == 2u);
    BOOST_TEST(hours[0].max == 2);
    BOOST_TEST(hours[1].max == 1'000);
}

BOOST_AUTO_TEST_CASE(repetitions_come_in_pieces_too) {
    add_rows(start);
    make_all(start + 5h);
    seal_late(start + 1min, start + 6h, 3);
    Downsampler small(Tier::five_minutes, {.piece_max = Bytes{1}});
    BOOST_TEST(make_all(small, start + 6h) == 3u);
    BOOST_TEST(greatest(Tier::five_minutes, 3, start) == 1'000);
}

BOOST_AUTO_TEST_CASE(it_ends_before_the_next_host_when_cancelled) {
    add_rows(start);
    make_all(sealer, start + 5h);
    const Cancelled cancelled = true;
    BOOST_TEST((five_minutes.next(*store.snapshot(), start + 5h, &cancelled).error().code == ErrorCode::cancelled));
    BOOST_TEST(make_all(five_minutes, start + 5h) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

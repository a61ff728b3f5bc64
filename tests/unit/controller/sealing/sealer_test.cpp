// What is sealed can be read as before, whatever fails meanwhile.
#include "controller/sealing/sealer.hpp"

#include <map>
#include <random>

#include "controller/series/select.hpp"
#include "controller/store/faulty_store.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr WallTime start = wall_from_unix_ms(1'800'000'000'000);  // the beginning of a bucket: a multiple of 20 min
constexpr WallTime later = start + 24h;

struct Sealing : tests::Stored {
    std::unique_ptr<Sealer> sealer = std::make_unique<Sealer>();

    // Pieces until nothing is left to seal; how many.
    size_t seal_all(StateStore& into, WallTime now = later) {
        for (size_t pieces = 0;; ++pieces) {
            auto piece = sealer->next(*store.snapshot(), now);
            BOOST_REQUIRE_MESSAGE(piece.has_value(), piece.error().message);
            if (!*piece) {
                return pieces;
            }
            if (!into.commit((*piece)->batch)) {
                sealer->restart();
                return pieces;
            }
        }
    }
    size_t seal_all(WallTime now = later) { return seal_all(store, now); }

    using Points = std::map<std::pair<uint64_t, int64_t>, double>;  // series, time
    Points points(const std::string& host = "web-.*") const {
        std::vector<query::Matcher> matchers;
        matchers.push_back(query::Matcher::make("instance", query::Matcher::Kind::regex, host).value());
        const auto found = select(store, matchers, start - 24h, start + 48h);
        BOOST_REQUIRE_MESSAGE(found.has_value(), found.error().message);
        Points out;
        for (const auto& series : *found) {
            for (const auto& point : series.points) {
                BOOST_TEST(out.emplace(std::pair(series.id, unix_ms(point.at)), point.value).second);
            }
        }
        return out;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sealer, Sealing)

BOOST_AUTO_TEST_CASE(rows_of_a_bucket_that_is_over_become_a_block) {
    add_series(1, "web-1", "load");
    add_series(2, "web-1", "up");
    for (int i = 0; i < 6; ++i) {
        add_row("web-1", start + i * 10s, {1, 2}, {0.5 + i, 1});
    }
    const auto before = points();
    BOOST_TEST(before.size() == 12u);
    BOOST_TEST(seal_all() == 1u);
    BOOST_TEST(rows(Family::head) == 0u);
    BOOST_TEST(rows(Family::chunks) == 2u);  // times, and one pack of both series
    BOOST_TEST((points() == before));
    BOOST_TEST(seal_all() == 0u);  // nothing is left
}

BOOST_AUTO_TEST_CASE(a_bucket_stays_open_for_a_while_after_its_end) {
    add_series(1, "web-1", "load");
    add_row("web-1", start, {1}, {1});
    BOOST_TEST(seal_all(start + 29min + 59s) == 0u);
    BOOST_TEST(seal_all(start + 30min) == 1u);
}

BOOST_AUTO_TEST_CASE(a_host_that_still_sends_for_an_old_bucket_is_left_alone) {
    add_series(1, "web-1", "load");
    add_series(2, "web-2", "load");
    add_row("web-1", start, {1}, {1});
    StoreBatch batch;  // a row that was on its way for a day
    batch.put(Family::head, keys::head(keys::head_bucket(start), AgentId{"web-2"}, 1, 9),
              sample_row({.sampled_at = start, .received_at = later - 1min, .series = {2}, .values = {2}}));
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST(seal_all() == 1u);
    BOOST_TEST(rows(Family::head) == 1u);
    BOOST_TEST(points().size() == 2u);
    BOOST_TEST(seal_all(later + 10min) == 1u);
    BOOST_TEST(rows(Family::head) == 0u);
    BOOST_TEST(points().size() == 2u);
}

BOOST_AUTO_TEST_CASE(rows_that_come_after_the_sealing_are_read_with_the_block_and_join_it) {
    add_series(1, "web-1", "load");
    add_series(2, "web-1", "up");
    add_series(3, "web-1", "late");
    add_row("web-1", start, {1, 2}, {1, 1});
    add_row("web-1", start + 20s, {1}, {3});
    seal_all();
    add_row("web-1", start + 10s, {1, 3}, {2, 7}, 2);
    add_row("web-1", start + 20s, {1}, {33}, 2);  // a time that there is: what came later counts
    const Points wanted{{{1, unix_ms(start)}, 1},
                        {{2, unix_ms(start)}, 1},
                        {{1, unix_ms(start + 10s)}, 2},
                        {{3, unix_ms(start + 10s)}, 7},
                        {{1, unix_ms(start + 20s)}, 33}};
    BOOST_TEST((points() == wanted));
    BOOST_TEST(seal_all() == 1u);
    BOOST_TEST(rows(Family::head) == 0u);
    BOOST_TEST((points() == wanted));
}

BOOST_AUTO_TEST_CASE(a_block_is_made_anew_so_many_times_and_no_more) {
    add_series(1, "web-1", "load");
    for (int i = 0; i < 20; ++i) {
        add_row("web-1", start + i * 1s, {1}, {1.0 * i});
        seal_all();
    }
    BOOST_TEST(rows(Family::head) == 4u);  // 16 are sealed
    BOOST_TEST(points().size() == 20u);
}

BOOST_AUTO_TEST_CASE(a_row_that_arrives_while_the_block_is_made_stays) {
    add_series(1, "web-1", "load");
    add_row("web-1", start, {1}, {1});
    auto piece = sealer->next(*store.snapshot(), later);
    add_row("web-1", start + 10s, {1}, {2});     // of the same outbox
    add_row("web-1", start + 20s, {1}, {3}, 7);  // of another
    BOOST_REQUIRE(store.commit((*piece)->batch));
    BOOST_TEST(rows(Family::head) == 2u);
    BOOST_TEST(points().size() == 3u);
}

BOOST_AUTO_TEST_CASE(pieces_hold_so_many_hosts_and_packs_so_many_series) {
    for (uint64_t host = 0; host < 70; ++host) {
        std::vector<uint64_t> ids;
        for (uint64_t i = 1; i <= 3; ++i) {
            ids.push_back(host * 3 + i);
            add_series(ids.back(), fmt::format("web-{}", host), fmt::format("m{}", i));
        }
        add_row(fmt::format("web-{}", host), start, ids, {1, 2, 3});
    }
    const auto before = points();
    BOOST_TEST(seal_all() == 2u);
    // 70 rows of times; three kinds of 64 series; of six hosts all 18 series are fewer than a pack of one kind needs.
    BOOST_TEST(rows(Family::chunks) == 70u + 3u + 1u);
    BOOST_TEST((points() == before));
}

BOOST_AUTO_TEST_CASE(a_damaged_row_keeps_nobody_elses_in_the_head) {
    add_series(1, "web-1", "load");
    add_series(2, "web-2", "load");
    add_row("web-2", start, {2}, {2});
    StoreBatch batch;
    batch.put(Family::head, keys::head(keys::head_bucket(start), AgentId{"web-1"}, 1, 1), "damaged");
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST(seal_all() == 1u);
    BOOST_TEST(rows(Family::head) == 1u);
    BOOST_REQUIRE(sealer->passed_over().size() == 1u);
    BOOST_TEST(sealer->passed_over().front().message.starts_with("web-1: "));
    BOOST_TEST(points("web-2").size() == 1u);
}

// A controller that was off for longer than raw samples are kept: the coarser tiers keep them for years.
BOOST_AUTO_TEST_CASE(rows_of_any_age_are_sealed_and_only_what_cannot_be_is_retired) {
    add_series(1, "web-1", "load");
    add_row("web-1", start, {1}, {1});
    StoreBatch batch;
    batch.put(Family::head, keys::head(keys::head_bucket(start), AgentId{"web-2"}, 1, 1), "damaged");
    BOOST_REQUIRE(store.commit(batch));
    const auto retention = SealLimits().raw_retention;
    batch = {};
    batch.put(Family::head, keys::head_bucket_start(keys::head_bucket(start)) + "?", "");  // no key of a row
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST(seal_all(start + retention) == 1u);
    BOOST_TEST(rows(Family::head) == 2u);
    BOOST_TEST(seal_all(start + retention + 20min) == 1u);  // the next bucket: 20 minutes
    BOOST_TEST(rows(Family::head) == 0u);
    BOOST_TEST(seal_all(start + retention + 20min) == 0u);
    BOOST_TEST(points("web-1").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_key_that_says_nothing_keeps_nobody_in_the_head) {
    add_series(1, "web-1", "load");
    add_row("web-1", start, {1}, {1});
    StoreBatch batch;
    batch.put(Family::head, keys::head_bucket_start(keys::head_bucket(start)), "");  // before all others
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST(seal_all() == 1u);
    BOOST_TEST(rows(Family::head) == 1u);
    BOOST_TEST(sealer->passed_over().size() == 1u);
}

BOOST_AUTO_TEST_CASE(whichever_outbox_something_came_from_lately_the_host_is_left_alone) {
    add_series(1, "web-1", "load");
    for (const uint64_t recent : {1u, 5u, 9u}) {
        for (const uint64_t incarnation : {1u, 5u, 9u}) {
            StoreBatch batch;
            batch.put(Family::head, keys::head(keys::head_bucket(start), AgentId{"web-1"}, incarnation, recent),
                      sample_row({.sampled_at = start,
                                  .received_at = later - (incarnation == recent ? 1min : 2h),
                                  .series = {1},
                                  .values = {2}}));
            BOOST_REQUIRE(store.commit(batch));
        }
        BOOST_TEST(seal_all() == 0u);
        BOOST_TEST(seal_all(later + 10min) == 1u);
        BOOST_TEST(rows(Family::head) == 0u);
    }
}

BOOST_AUTO_TEST_CASE(it_ends_before_the_next_host_when_cancelled_and_goes_on_later) {
    add_series(1, "web-1", "load");
    add_row("web-1", start, {1}, {1});
    Cancelled cancelled = true;
    BOOST_TEST((sealer->next(*store.snapshot(), later, &cancelled).error().code == ErrorCode::cancelled));
    cancelled = false;
    BOOST_TEST(sealer->next(*store.snapshot(), later, &cancelled).value().has_value());
}

// Five hosts in two buckets, one of them sealed once already, in pieces of two. The round after a failing read seals
// all; when the failure says that something is damaged, the one after that.
BOOST_AUTO_TEST_CASE(whichever_read_fails_the_next_round_seals_all) {
    for (uint64_t id = 1; id <= 5; ++id) {
        add_series(id, fmt::format("web-{}", id), "load");
        add_row(fmt::format("web-{}", id), start + 20min, {id}, {2});
    }
    add_row("web-3", start, {3}, {0.5});
    seal_all(start + 30min);
    for (uint64_t id = 1; id <= 5; ++id) {
        add_row(fmt::format("web-{}", id), start + 10s, {id}, {1});
    }
    const auto unsealed = store;
    const auto wanted = points();
    for (const auto code : {ErrorCode::io, ErrorCode::corrupt}) {
        for (size_t read = 1, reads = 2; read < reads; ++read) {
            store = unsealed;
            FaultyStore faulty(store);
            faulty.fail_read = read;
            faulty.read_error = Error{code, "injected"};
            Sealer two(SealLimits{.hosts_max = 2});
            size_t steps = 0;
            for (size_t rounds = 0; rounds < 2; ++steps) {
                BOOST_REQUIRE_MESSAGE(steps < 20, "read " << read << ": it does not end");
                auto piece = two.next(*faulty.snapshot(), later);
                if (piece && *piece) {
                    BOOST_REQUIRE(store.commit((*piece)->batch));
                    continue;
                }
                rounds += 1;
                reads = std::max(reads, faulty.reads_tried);
            }
            BOOST_TEST(rows(Family::head) == 0u, "read " << read << ", " << name_of(code));
            BOOST_TEST((points() == wanted), "read " << read << ", " << name_of(code));
        }
    }
}

// Samples of three hosts with two outboxes each, some of them late, sealed now and then by a store that fails at times.
BOOST_AUTO_TEST_CASE(nothing_is_lost_or_doubled_whatever_fails) {
    for (uint64_t id = 1; id <= 12; ++id) {
        add_series(id, fmt::format("web-{}", id % 3), fmt::format("m{}", id));
    }
    for (const unsigned seed : {1u, 2u, 3u, 4u}) {
        std::mt19937 engine(seed);
        Points wanted = points();
        FaultyStore faulty(store);
        for (int step = 0; step < 300; ++step) {
            const auto host = engine() % 3;
            const auto at = start + std::chrono::seconds(engine() % 7'200);
            std::vector<uint64_t> ids;
            std::vector<double> values;
            for (uint64_t id = host == 0 ? 3 : host; id <= 12; id += 3) {
                if (engine() % 4 != 0) {
                    ids.push_back(id);
                    values.push_back(static_cast<double>(engine() % 1000) / 10);
                    wanted[{id, unix_ms(at)}] = values.back();
                }
            }
            add_row(fmt::format("web-{}", host), at, ids, values, engine() % 2);
            if (engine() % 40 == 0) {
                faulty.fail_from_commit = faulty.commits_tried + 1 + engine() % 3;
                seal_all(faulty);
                sealer = std::make_unique<Sealer>(
                    SealLimits{.hosts_max = 1 + engine() % 2, .seals_max = 200});  // a process that starts anew
            }
        }
        // Of two rows of one time the order of outboxes decides while both are raw, the order of arrival once one is
        // sealed: such times are compared by presence only.
        const auto found = points();
        BOOST_TEST(found.size() == wanted.size());
        for (const auto& [place, value] : wanted) {
            BOOST_TEST(found.contains(place));
        }
        seal_all();
        BOOST_TEST(rows(Family::head) == 0u);
        BOOST_TEST((points() == found));
    }
}

BOOST_AUTO_TEST_SUITE_END()

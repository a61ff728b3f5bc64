#include "controller/audit/chain.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/audit/verify.hpp"
#include "controller/store/faulty_store.hpp"
#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"
#include "tests/unit/controller/audit/log.hpp"

using namespace vigie;
using namespace vigie::controller;

BOOST_FIXTURE_TEST_SUITE(audit_chain, tests::AuditLog)

BOOST_AUTO_TEST_CASE(records_follow_each_other_and_are_listed_newest_first) {
    add("jobs.run", "anna");
    add("runs.cancel", "uid 0");
    add("jobs.run", "uid 0");
    const auto all = newest_audit(store, {}).value();
    BOOST_REQUIRE(all.size() == 3u);
    BOOST_TEST(all[0].seq == 3u);
    BOOST_TEST(all[0].previous == all[1].hash);
    BOOST_TEST(all[1].previous == all[2].hash);
    BOOST_TEST(all[2].previous == audit_origin);
    BOOST_TEST(newest_audit(store, {.from = {}, .user = "anna", .verb = {}}).value().size() == 1u);
    BOOST_TEST(newest_audit(store, {.from = {}, .user = {}, .verb = "jobs.run"}).value().size() == 2u);
    BOOST_TEST(newest_audit(store, {.from = {}, .user = {}, .verb = {}, .count_max = 2}).value().size() == 2u);
    BOOST_TEST(newest_audit(store, {.from = at, .user = {}, .verb = {}}).value().size() == 1u);
    const auto earlier = newest_audit(store, {.count_max = 1, .before_seq = 3}).value();
    BOOST_REQUIRE(earlier.size() == 1u);
    BOOST_TEST(earlier[0].seq == 2u);
}

BOOST_AUTO_TEST_CASE(several_in_one_batch_follow_each_other) {
    StoreBatch batch;
    for (const auto* verb : {"a", "b", "c"}) {
        BOOST_REQUIRE(append_audit(store, entry(verb, "anna"), batch).has_value());
    }
    BOOST_REQUIRE(store.commit(batch).has_value());
    const auto report = verify_audit(store, "").value();
    BOOST_TEST(report.records == 3u);
    BOOST_TEST(!report.finding.has_value());
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_at_any_place_leaves_a_whole_chain) {
    for (size_t failing = 1; failing <= 5; ++failing) {
        MemoryStore inner;
        FaultyStore faulty(inner);
        faulty.fail_from_commit = failing;
        for (int i = 0; i < 5; ++i) {
            StoreBatch batch;
            BOOST_REQUIRE(append_audit(faulty, entry("jobs.run", "anna"), batch).has_value());
            BOOST_TEST(faulty.commit(batch).has_value() == (static_cast<size_t>(i) + 1 != failing));
            BOOST_TEST(!verify_audit(inner, "").value().finding.has_value());
        }
        BOOST_TEST(verify_audit(inner, "").value().records == 4u);
    }
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_read_lets_nothing_be_changed) {
    FaultyStore faulty(store);
    faulty.fail_reads_with = Error{ErrorCode::io, "store: injected"};
    StoreBatch batch;
    BOOST_TEST(!append_audit(faulty, entry("jobs.run", "anna"), batch).has_value());
    BOOST_TEST(batch.is_empty());
}

BOOST_AUTO_TEST_CASE(a_head_that_is_gone_or_unreadable_is_told_in_the_log) {
    for (const auto* head : {"", "x"}) {
        add("jobs.run", "anna");
        StoreBatch batch;
        *head == '\0' ? batch.erase(Family::meta, std::string(audit_head_key))
                      : batch.put(Family::meta, std::string(audit_head_key), head);
        BOOST_REQUIRE(store.commit(batch).has_value());
        add("jobs.run", "anna");
        const auto all = newest_audit(store, {}).value();
        BOOST_TEST(all[1].entry.verb == audit_anew_verb);
        BOOST_TEST(all[1].previous == all[2].hash);
    }
}

BOOST_AUTO_TEST_CASE(the_old_end_is_trimmed_once_a_day_and_what_is_left_is_whole) {
    for (int day = 0; day < 10; ++day) {
        add("jobs.run", "anna");
        at += std::chrono::hours{24};
    }
    // The newest is a day old, the oldest ten (and some seconds).
    const AuditRetention retention{.age_max = std::chrono::hours{24 * 5 + 12}, .kept_min = 2};
    BOOST_TEST(trim(retention) == 5u);  // those of 10, 9, 8, 7 and 6 days
    const auto report = verify_audit(store, "").value();
    BOOST_TEST(!report.finding.has_value());
    BOOST_TEST(report.records == 6u);  // five, and that of the trim
    BOOST_TEST(report.anchor.seq == 5u);
    BOOST_TEST(trim(retention) == 0u);
    at += std::chrono::hours{24};  // the oldest is six days old: not late by a day yet
    BOOST_TEST(trim(retention) == 0u);
    at += std::chrono::hours{24};  // seven, and the next one six
    BOOST_TEST(trim(retention) == 2u);
    BOOST_TEST(!verify_audit(store, "").value().finding.has_value());
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_far_ahead_does_not_cost_the_log) {
    for (int i = 0; i < 10; ++i) {
        add("jobs.run", "anna");
    }
    const AuditRetention retention{.age_max = std::chrono::hours{24}, .kept_min = 7};
    at += std::chrono::hours{24 * 10'000};
    BOOST_TEST(trim(retention) == 0u);
    add("jobs.run", "anna");
    BOOST_TEST(trim(retention) == 4u);  // once something was recorded by that clock, only so many are safe
}

BOOST_AUTO_TEST_CASE(a_record_from_a_clock_that_was_ahead_goes_with_an_old_one_behind_it) {
    add("jobs.run", "anna");
    at += std::chrono::hours{24 * 1'000};
    add("jobs.run", "anna");
    at -= std::chrono::hours{24 * 1'000};
    add("jobs.run", "anna");
    at += std::chrono::hours{24 * 20};
    const AuditRetention retention{.age_max = std::chrono::hours{24 * 10}, .kept_min = 0};
    add("jobs.run", "anna");
    BOOST_TEST(trim(retention) == 3u);
    BOOST_TEST(!verify_audit(store, "").value().finding.has_value());
}

BOOST_AUTO_TEST_CASE(an_old_record_behind_a_young_one_stays) {
    add("jobs.run", "anna");
    at -= std::chrono::hours{24 * 10'000};  // one that was written before the clock was set
    add("jobs.run", "anna");
    at += std::chrono::hours{24 * 10'000 + 1};
    add("jobs.run", "anna");
    BOOST_TEST(trim({.age_max = std::chrono::hours{24 * 10}, .kept_min = 0}) == 0u);
}

BOOST_AUTO_TEST_CASE(a_log_whose_newest_record_is_gone_is_not_trimmed) {
    for (int i = 0; i < 5; ++i) {
        add("jobs.run", "anna");
    }
    StoreBatch batch;
    batch.erase(Family::audit, keys::number(5));
    BOOST_REQUIRE(store.commit(batch).has_value());
    StoreBatch trimming;
    BOOST_TEST(!trim_audit(store, {.age_max = 1ms, .kept_min = 0}, at + std::chrono::hours{48}, trimming).has_value());
    BOOST_TEST(trimming.is_empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_as_it_was_written_is_not_trimmed) {
    for (int i = 0; i < 5; ++i) {
        add("jobs.run", "anna");
    }
    StoreBatch batch;
    batch.put(Family::audit, keys::number(2), "changed");
    BOOST_REQUIRE(store.commit(batch).has_value());
    StoreBatch trimming;
    const auto trimmed = trim_audit(store, {.age_max = 1ms, .kept_min = 0}, at + std::chrono::hours{48}, trimming);
    BOOST_TEST(!trimmed.has_value());
    BOOST_TEST(trimming.is_empty());
}

BOOST_AUTO_TEST_SUITE_END()

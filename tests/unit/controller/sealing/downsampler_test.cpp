// Coarser tiers of a day and more, what queries see of them, and what comes late.
#include "controller/sealing/downsampler.hpp"

#include "controller/sealing/retention.hpp"
#include "tests/unit/controller/sealing/tiers.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
constexpr auto start = tests::tiers_start;
}

BOOST_FIXTURE_TEST_SUITE(downsampler, tests::Tiers)

BOOST_AUTO_TEST_CASE(windows_hold_what_their_samples_say) {
    add_host("web-1", 1);
    add_minutes("web-1", 1, start, start + 4h);
    make_all(sealer, start + 5h);
    BOOST_TEST(make_all(five_minutes, start + 5h - 1ms) == 0u);  // the slot may still get late samples
    BOOST_TEST(make_all(five_minutes, start + 5h) == 1u);
    BOOST_TEST(make_all(five_minutes, start + 5h) == 0u);
    const auto counter = windows(Tier::five_minutes, "web-1", 1, start);
    BOOST_REQUIRE(counter.size() == 48u);
    const auto last_ms = unix_ms(start + 9min + 5s);
    BOOST_TEST((counter[1] == WindowSample{last_ms, 5, 9, 5 + 6 + 7 + 8 + 9, 5, 9}));
    const auto gauge = windows(Tier::five_minutes, "web-1", 2, start);
    BOOST_TEST((gauge[6] == WindowSample{unix_ms(start + 34min + 5s), 0, 100, 100, 5, 0}));
}

BOOST_AUTO_TEST_CASE(the_hours_are_made_once_all_their_five_minutes_are) {
    add_host("web-1", 1);
    add_minutes("web-1", 1, start, start + 30h);
    make_all(start + 8 * 24h);
    BOOST_TEST(windows(Tier::hour, "web-1", 1, start).empty());
    add_minutes("web-1", 1, start + 8 * 24h, start + 8 * 24h + 5h);  // so that the last slot of five minutes is over
    make_all(start + 8 * 24h + 7h);
    const auto hours = windows(Tier::hour, "web-1", 2, start);
    BOOST_REQUIRE(hours.size() == 30u);
    BOOST_TEST((hours[3] == WindowSample{unix_ms(start + 3h + 59min + 5s), 0, 100, 100, 60, 0}));
}

BOOST_AUTO_TEST_CASE(a_coarser_tier_answers_where_the_finer_one_is_gone_and_only_there) {
    add_host("web-1", 1);
    add_minutes("web-1", 1, start, start + 12h);
    make_all(start + 14h);
    const auto raw = at("minutes_total", start + 2h + 2min + 30s);
    BOOST_TEST(raw == "122");
    erase(Tier::raw);
    BOOST_TEST(at("minutes_total", start + 2h + 2min + 30s) == "119");  // the last of the window before
    BOOST_TEST(at("rate(minutes_total[1h]) * 60", start + 6h) == "1");
    add_minutes("web-1", 1, start + 12h, start + 13h);
    BOOST_TEST(at("minutes_total", start + 12h + 2min + 30s) == "722");
    BOOST_TEST(at("minutes_total", start + 11h + 59min + 59s) == "719");
    // Across the border: 12 windows from 11:04:05 to 11:59:05 and 60 minutes to 12:59:05. 72 points in 115 minutes are
    // 1.62 apart, so that PromQL extrapolates by half of that at the start, and by the 55 s at the end.
    BOOST_TEST(at("increase(minutes_total[2h])", start + 13h) == "116.7");
}

BOOST_AUTO_TEST_CASE(an_hours_value_is_found_between_hours) {
    add_host("web-1", 1);
    add_minutes("web-1", 1, start, start + 8 * 24h + 5h);
    make_all(start + 9 * 24h);
    erase(Tier::raw);
    erase(Tier::five_minutes);
    BOOST_TEST(at("minutes_total", start + 3h + 30min) == "179");
    // 719, repeated from 12:04:05 on, to 1439 at 23:59:05; extrapolated from 715 minutes to 720.
    BOOST_TEST(at("increase(minutes_total[12h])", start + 24h) == "725");
    BOOST_TEST(at("minutes_total", start + 8 * 24h + 30min) == "nothing");  // of that slot there are no hours yet
}

// Each minute one sample, of which one in an hour is 100 and the others 0.
BOOST_AUTO_TEST_CASE(functions_that_name_what_windows_came_to_have_it) {
    add_host("web-1", 1);
    add_minutes("web-1", 1, start, start + 12h);
    make_all(start + 14h);
    erase(Tier::raw);
    add_minutes("web-1", 1, start + 12h, start + 13h);
    for (const auto end : {start + 6h, start + 13h}) {  // of windows only, and across the border to raw samples
        BOOST_TEST(at("max_over_time(spike[2h])", end) == "100");
        BOOST_TEST(at("min_over_time((spike[2h]))", end) == "0");
        BOOST_TEST(at("sum_over_time(spike[2h])", end) == "200");
        BOOST_TEST(at("count_over_time(spike[2h])", end) == "120");
        BOOST_TEST(at("avg_over_time(spike[2h]) * 6", end) == "10");
        BOOST_TEST(at("last_over_time(spike[2h])", end) == "0");
        BOOST_TEST(at("max_over_time(spike[2h]) - spike + count_over_time(spike[2h])", end) == "220");
    }
    BOOST_TEST(at("min_over_time(minutes_total[1h])", start + 6h) == "300");  // the samples of 5:00:05 to 5:59:05
    BOOST_TEST(at("max_over_time(minutes_total[1h])", start + 6h) == "359");
    BOOST_TEST(at("max_over_time(max_over_time(spike[10m])[2h:10m])", start + 6h) == "100");
}

BOOST_AUTO_TEST_CASE(a_range_shorter_than_an_hours_window_has_its_share) {
    add_host("web-1", 1);
    add_minutes("web-1", 1, start, start + 8 * 24h);
    make_all(start + 9 * 24h);
    erase(Tier::raw);
    erase(Tier::five_minutes);
    BOOST_TEST(at("max_over_time(spike[5m])", start + 6h) == "100");
    BOOST_TEST(at("count_over_time(spike[30m])", start + 6h) == "30");
    BOOST_TEST(at("sum_over_time(spike[30m])", start + 6h) == "50");  // half of what the hour came to
    BOOST_TEST(at("sum_over_time(spike[1d])", start + 48h) == "2400");
    BOOST_TEST(at("count_over_time(spike[1d])", start + 48h) == "1440");
    BOOST_TEST(at("avg_over_time(minutes_total[1d]) - 2000", start + 48h) == "159.5");  // the mean of 1440 to 2879
    BOOST_TEST(at("count_over_time(spike[7h]) == 420", start + 8h) == "420");  // exact, though an hour's has 12 parts
    BOOST_TEST(last_of("avg_over_time(minutes_total[2h])", start + 4h, start + 6h, 10min) == "299.5");  // 240 to 359
    BOOST_TEST(last_of("count_over_time(spike[2h])", start + 4h, start + 6h, 10min) == "120");
}

// A window's numbers stand at the host's last row in it, of both ids.
BOOST_AUTO_TEST_CASE(a_window_that_two_ids_of_a_series_have_parts_of_is_one) {
    add_series(1, "web-1", "minutes_total");
    add_series(2, "web-1", "minutes_total");
    for (auto at = start; at < start + 12h; at += 1min) {
        const auto minute = (at - start) / 1min;
        add_row("web-1", at + 5s, {minute % 60 < 2 ? 1u : 2u}, {1.0 * minute});
    }
    make_all(start + 14h);
    erase(Tier::raw);
    BOOST_TEST(at("count_over_time(minutes_total[2h])", start + 4h) == "120");
    BOOST_TEST(at("min_over_time(minutes_total[2h])", start + 4h) == "120");
    BOOST_TEST(at("max_over_time(minutes_total[2h])", start + 4h) == "239");
    BOOST_TEST(at("minutes_total", start + 2h + 5min + 30s) == "124");
}

BOOST_AUTO_TEST_CASE(a_series_that_was_written_in_two_ways_is_one) {
    add_series(1, "web-1", "minutes_total");
    add_series(2, "web-1", "minutes_total");
    for (auto at = start; at < start + 4h; at += 1min) {
        const auto minute = (at - start) / 1min;
        add_row("web-1", at + 5s, {minute / 60 % 2 == 0 ? 1u : 2u}, {1.0 * minute});
    }
    make_all(start + 14h);
    erase(Tier::raw);
    BOOST_TEST(at("minutes_total", start + 32min + 30s) == "29");
    BOOST_TEST(at("minutes_total", start + 1h + 32min + 30s) == "89");
    BOOST_TEST(at("minutes_total", start + 2h + 32min + 30s) == "149");
    BOOST_TEST(at("count_over_time(minutes_total[4h])", start + 4h) == "240");  // one a minute
}

BOOST_AUTO_TEST_CASE(what_comes_late_has_its_windows_made_anew) {
    add_host("web-1", 1);
    add_host("web-2", 3);
    add_minutes("web-1", 1, start, start + 8 * 24h + 5h);
    make_all(start + 9 * 24h);
    BOOST_TEST(windows(Tier::five_minutes, "web-2", 3, start).empty());
    add_minutes("web-2", 3, start + 1h, start + 2h);  // away for days
    make_all(start + 10 * 24h);
    BOOST_TEST(windows(Tier::five_minutes, "web-2", 3, start).size() == 12u);
    add_row("web-1", start + 30s, {2}, {1'000}, 9);
    make_all(start + 11 * 24h);
    BOOST_TEST(windows(Tier::five_minutes, "web-1", 2, start).front().max == 1'000);
    BOOST_TEST(windows(Tier::hour, "web-1", 2, start).front().max == 1'000);
    size_t notes = 0;
    BOOST_REQUIRE(store.scan(Family::chunks, std::string(1, '\x80'), "", [&notes](auto, auto) { return ++notes > 0; }));
    BOOST_TEST(notes == 0u);
}

BOOST_AUTO_TEST_CASE(a_tier_goes_only_where_the_coarser_one_is_made) {
    add_host("web-1", 1);
    add_minutes("web-1", 1, start, start + 26h);
    make_all(sealer, start + 27h);
    BlockRetirement retirement(store, {.raw = 1h, .five_minutes = 48h, .hour = 96h});
    const auto retire = [&](WallTime now) {
        StoreBatch batch;
        BOOST_REQUIRE(retirement.retire(now, batch));
        BOOST_REQUIRE(store.commit(batch));
    };
    retire(start + 30 * 24h);
    BOOST_TEST(at("minutes_total", start + 1h) == "59");
    make_all(five_minutes, start + 30h);
    retire(start + 30 * 24h);
    // Five minutes are made up to hour 28: the first day goes, and its slots of five minutes stay as those behind it.
    BOOST_TEST(rows(Family::chunks) == 6u * 2 + 7u * 2);
    BOOST_TEST(at("minutes_total", start + 1h + 4min) == "59");
    BOOST_TEST(at("minutes_total", start + 25h + 4min) == "1503");
}

BOOST_AUTO_TEST_CASE(late_rows_behind_what_was_erased_go_once_the_coarser_tier_has_them) {
    add_host("web-1", 1);
    add_minutes("web-1", 1, start, start + 26h);
    make_all(sealer, start + 27h);
    make_all(five_minutes, start + 30h);
    BlockRetirement retirement(store, {.raw = 1h, .five_minutes = 48h, .hour = 96h});
    const auto retire = [&] {
        StoreBatch batch;
        BOOST_REQUIRE(retirement.retire(start + 30 * 24h, batch));
        BOOST_REQUIRE(store.commit(batch));
    };
    const auto first_raw = [&] {
        const auto snapshot = store.snapshot();
        return BlockReader(*snapshot).slot_from(Tier::raw, 0).value();
    };
    retire();
    BOOST_TEST(first_raw().value() == slot_of(Tier::raw, start + 24h));
    add_row("web-1", start + 30s, {2}, {1'000}, 9);
    make_all(sealer, start + 30 * 24h);
    retire();
    BOOST_TEST(first_raw().value() == slot_of(Tier::raw, start));
    make_all(five_minutes, start + 30 * 24h);
    retire();
    BOOST_TEST(first_raw().value() == slot_of(Tier::raw, start + 24h));
    BOOST_TEST(windows(Tier::five_minutes, "web-1", 2, start).front().max == 1'000);
}

BOOST_AUTO_TEST_SUITE_END()

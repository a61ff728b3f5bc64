// Expected instants follow from the zone's rules: Europe/Berlin is UTC+1, from 2026-03-29T01:00Z UTC+2, and from
// 2026-10-25T01:00Z UTC+1 again.
#include "controller/oncall/rota.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::oncall {
namespace {

WallTime at(std::string_view text) {
    return parse_rfc3339(text).value();
}

Layer layer(std::vector<std::string> people, std::string_view handover, std::string_view starts,
            std::string_view zone = "Europe/Berlin") {
    Layer one;
    one.name = people.front() + "'s";
    one.people = std::move(people);
    one.handover = parse_handover(handover).value();
    one.starts = parse_date(starts).value();
    one.hours.zone = Zone::find(zone).value();
    return one;
}

Rota rota(std::vector<Layer> layers, std::string_view zone = "Europe/Berlin") {
    return {.name = "primary", .zone = Zone::find(zone).value(), .layers = std::move(layers)};
}

std::string person(const Rota& rota, std::string_view time, std::vector<Override> overrides = {}) {
    const auto duty = who(rota, overrides, at(time));
    return duty ? duty->person : "nobody";
}

std::vector<std::string> texts(const std::vector<Shift>& shifts) {
    std::vector<std::string> all;
    for (const auto& one : shifts) {
        all.push_back(fmt::format("{} {} {}", to_rfc3339(one.from), to_rfc3339(one.until), one.duty.person));
    }
    return all;
}

Override over(std::string_view id, std::string_view who, std::string_view from, std::string_view until) {
    Override one;
    one.id = id;
    one.rota = "primary";
    one.person = who;
    one.from = at(from);
    one.until = at(until);
    one.created_at = at("2026-01-01T00:00:00Z");
    return one;
}

#define SAME(a, ...) BOOST_TEST((a) == (std::vector<std::string>{__VA_ARGS__}), boost::test_tools::per_element())

BOOST_AUTO_TEST_SUITE(oncall_rota)

BOOST_AUTO_TEST_CASE(a_daily_handover_keeps_its_local_time_when_clocks_change) {
    const auto one = rota({layer({"anna", "ben"}, "daily 09:00", "2026-03-27")});
    // 09:00 is 08:00Z in winter, 07:00Z in summer: the turn over the change is an hour shorter.
    SAME(texts(shifts_of(one, {}, at("2026-03-27T08:00:00Z"), at("2026-03-31T07:00:00Z"))),
         "2026-03-27T08:00:00.000Z 2026-03-28T08:00:00.000Z anna",
         "2026-03-28T08:00:00.000Z 2026-03-29T07:00:00.000Z ben",
         "2026-03-29T07:00:00.000Z 2026-03-30T07:00:00.000Z anna",
         "2026-03-30T07:00:00.000Z 2026-03-31T07:00:00.000Z ben");
    // And one of 25 hours in October. 2026-03-27 to 2026-10-24 are 211 days, an odd number: ben's turn.
    SAME(texts(shifts_of(one, {}, at("2026-10-24T07:00:00Z"), at("2026-10-26T08:00:00Z"))),
         "2026-10-24T07:00:00.000Z 2026-10-25T08:00:00.000Z ben",
         "2026-10-25T08:00:00.000Z 2026-10-26T08:00:00.000Z anna");
    BOOST_TEST(person(one, "2026-10-25T07:59:59Z") == "ben");
}

BOOST_AUTO_TEST_CASE(a_handover_inside_a_change_of_clocks_happens_once) {
    const auto one = rota({layer({"anna", "ben"}, "daily 02:30", "2026-03-28")});
    // 02:30 does not happen on 2026-03-29: the gap ends at 01:00Z.
    BOOST_TEST(person(one, "2026-03-29T00:59:59Z") == "anna");
    BOOST_TEST(person(one, "2026-03-29T01:00:00Z") == "ben");
    // It happens at 00:30Z and 01:30Z on 2026-10-25, 211 days after the start: the first one counts.
    BOOST_TEST(person(one, "2026-10-25T00:29:59Z") == "anna");
    BOOST_TEST(person(one, "2026-10-25T00:30:00Z") == "ben");
    BOOST_TEST(person(one, "2026-10-25T01:30:00Z") == "ben");
    BOOST_TEST(person(one, "2026-10-26T01:30:00Z") == "anna");
}

BOOST_AUTO_TEST_CASE(weekly_turns_change_on_their_weekday_and_the_first_may_be_shorter) {
    // 2026-11-05 is a Thursday; the Mondays after it are 9, 16 and 23 November.
    const auto one = rota({layer({"anna", "ben", "cy"}, "weekly monday 10:00", "2026-11-05")});
    BOOST_TEST(person(one, "2026-11-05T08:59:59Z") == "nobody");
    BOOST_TEST(person(one, "2026-11-05T09:00:00Z") == "anna");
    BOOST_TEST(person(one, "2026-11-09T08:59:59Z") == "anna");
    BOOST_TEST(person(one, "2026-11-09T09:00:00Z") == "ben");
    BOOST_TEST(person(one, "2026-11-16T09:00:00Z") == "cy");
    BOOST_TEST(person(one, "2026-11-23T09:00:00Z") == "anna");
    // One that starts on its weekday lasts the whole week.
    const auto whole = rota({layer({"anna", "ben"}, "weekly monday 10:00", "2026-11-09")});
    BOOST_TEST(person(whole, "2026-11-16T08:59:59Z") == "anna");
    BOOST_TEST(person(whole, "2026-11-16T09:00:00Z") == "ben");
}

BOOST_AUTO_TEST_CASE(the_last_layer_with_somebody_counts_in_its_hours) {
    auto days = layer({"dora"}, "daily 00:00", "2026-01-01");
    days.hours.times = {{9 * 60, 17 * 60}};
    days.hours.weekdays = {{1, 5}};
    const auto one = rota({layer({"anna"}, "daily 00:00", "2026-01-01"), days});
    // 2026-11-27 is a Friday; Berlin is UTC+1.
    SAME(texts(shifts_of(one, {}, at("2026-11-27T00:00:00Z"), at("2026-11-30T10:00:00Z"))),
         "2026-11-27T00:00:00.000Z 2026-11-27T08:00:00.000Z anna",
         "2026-11-27T08:00:00.000Z 2026-11-27T16:00:00.000Z dora",
         "2026-11-27T16:00:00.000Z 2026-11-30T08:00:00.000Z anna",
         "2026-11-30T08:00:00.000Z 2026-11-30T10:00:00.000Z dora");
    const auto only = rota({days});
    SAME(texts(shifts_of(only, {}, at("2026-11-27T00:00:00Z"), at("2026-11-30T10:00:00Z"))),
         "2026-11-27T08:00:00.000Z 2026-11-27T16:00:00.000Z dora",
         "2026-11-30T08:00:00.000Z 2026-11-30T10:00:00.000Z dora");
    BOOST_TEST(person(only, "2026-11-27T16:00:00Z") == "nobody");
}

BOOST_AUTO_TEST_CASE(an_override_takes_the_place_of_any_layer_and_the_newest_of_another) {
    const auto one = rota({layer({"anna"}, "daily 00:00", "2026-01-01")});
    auto night = over("a", "ben", "2026-11-27T18:00:00Z", "2026-11-28T06:00:00Z");
    auto late = over("b", "cy", "2026-11-27T20:00:00Z", "2026-11-27T21:00:00Z");
    late.created_at += 1h;
    auto other = over("c", "dora", "2026-11-27T00:00:00Z", "2026-11-29T00:00:00Z");
    other.rota = "secondary";
    const std::vector<Override> all{late, night, other};
    SAME(texts(shifts_of(one, all, at("2026-11-27T12:00:00Z"), at("2026-11-28T12:00:00Z"))),
         "2026-11-27T12:00:00.000Z 2026-11-27T18:00:00.000Z anna",
         "2026-11-27T18:00:00.000Z 2026-11-27T20:00:00.000Z ben",
         "2026-11-27T20:00:00.000Z 2026-11-27T21:00:00.000Z cy",
         "2026-11-27T21:00:00.000Z 2026-11-28T06:00:00.000Z ben",
         "2026-11-28T06:00:00.000Z 2026-11-28T12:00:00.000Z anna");
    BOOST_TEST(who(one, all, at("2026-11-27T20:30:00Z"))->override_id == "b");
    BOOST_TEST(who(one, all, at("2026-11-28T06:00:00Z"))->layer == "anna's");
}

// What a schedule shows is what a step would find: every minute of a week with a change of clocks.
BOOST_AUTO_TEST_CASE(shifts_are_what_who_says_at_each_minute) {
    auto nights = layer({"eve", "finn"}, "daily 02:15", "2026-10-01");
    nights.hours.times = {{22 * 60, 24 * 60}, {0, 150}};
    const auto one = rota({layer({"anna", "ben"}, "weekly sunday 02:30", "2026-10-02"), nights});
    const auto from = at("2026-10-22T00:00:00Z");
    const auto until = from + 24h * 7;
    const auto shifts = shifts_of(one, {}, from, until);
    size_t wrong = 0;
    for (auto time = from; time < until; time += 1min) {
        const auto found = std::find_if(shifts.begin(), shifts.end(), [time](const Shift& shift) {
            return shift.from <= time && time < shift.until;
        });
        const auto duty = who(one, {}, time);
        wrong += found != shifts.end() && duty && found->duty == *duty ? 0 : 1;
    }
    BOOST_TEST(wrong == 0u);
    BOOST_TEST(shifts.size() > 14u);
}

BOOST_AUTO_TEST_CASE(handovers_and_dates_are_read_or_refused_with_words) {
    BOOST_TEST((parse_handover("daily 00:00").value().weekday == std::nullopt));
    BOOST_TEST(parse_handover("weekly sunday 09:30").value().weekday.value() == 0);
    BOOST_TEST((parse_handover("weekly sunday 09:30").value().time_of_day == std::chrono::minutes{570}));
    for (const auto* text : {"", "daily", "09:00", "daily 24:00", "daily 9:00", "weekly 09:00", "weekly monday",
                             "weekly monday:friday 09:00", "monthly 09:00", "weekly  09:00"}) {
        const auto read = parse_handover(text);
        BOOST_TEST(!read.has_value(), text);
        BOOST_TEST((read || read.error().message.find("weekly monday 09:00") != std::string::npos));
    }
    for (const auto* text : {"", "2026-11-31", "2026-13-01", "2026-1-01", "26-01-01", "2026-01-0x", "1969-12-31"}) {
        BOOST_TEST(!parse_date(text).has_value(), text);
    }
    BOOST_TEST((parse_date("2026-11-30").value() == std::chrono::local_days{std::chrono::November / 30 / 2026}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::oncall

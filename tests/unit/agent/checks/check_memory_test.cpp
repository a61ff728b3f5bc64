#include "agent/checks/check_memory.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent;

namespace {

constexpr auto now = wall_from_unix_ms(1'800'000'000'000);

Check disk_check() {
    Check check;
    check.name = "disk";
    check.kind = "command";
    check.category = "storage";
    check.settings = {{"command", {"/bin/check", "-w", "10"}}};
    return check;
}

RememberedCheck critical(const Check& check) {
    return {.definition = definition_hash(check),
            .state = {.has_result = true,
                      .status = CheckStatus::critical,
                      .hard_status = CheckStatus::critical,
                      .is_hard = true,
                      .attempt = 3,
                      .since = now - 2h,
                      .hard_since = now - 1h},
            .last_run_at = now - 1min,
            .duration = 250ms};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check_memory)

BOOST_AUTO_TEST_CASE(a_state_survives_its_file) {
    auto soft = critical(disk_check());
    soft.state.is_hard = false;
    soft.state.hard_status = CheckStatus::ok;
    const RememberedChecks checks{{"disk", critical(disk_check())}, {"soft", soft}};
    const auto text = write_check_memory(checks);
    BOOST_TEST(text.starts_with("vigie checks 1\n"));
    const auto parsed = parse_check_memory(text);
    BOOST_REQUIRE(parsed);
    BOOST_TEST((parsed->checks == checks));
    BOOST_TEST(parsed->bad_lines.empty());
    BOOST_TEST((recalled(parsed->checks, disk_check(), now) == critical(disk_check())));
}

BOOST_AUTO_TEST_CASE(what_is_of_another_definition_is_not_recalled) {
    const RememberedChecks checks{{"disk", critical(disk_check())}};
    std::vector<Check> others(6, disk_check());
    others[0].settings["command"] = {"/bin/check", "-w", "1", "0"};
    others[1].labels = {{"app", "shop"}};
    others[2].interval = 2min;
    others[3].category = "services";
    others[4].timeout = 1s;
    others[5].name = "other";
    for (const auto& other : others) {
        BOOST_TEST(!recalled(checks, other, now).has_value());
    }
    auto moved = disk_check();
    moved.place = "other.yaml:7";  // a line further down is no other check
    BOOST_TEST(recalled(checks, moved, now).has_value());
    auto hash_of_another = checks;
    hash_of_another.at("disk").state.attempt = 4;  // the check has three
    BOOST_TEST(!recalled(hash_of_another, disk_check(), now).has_value());
}

BOOST_AUTO_TEST_CASE(no_time_is_later_than_now) {
    auto known = critical(disk_check());
    known.state.since = now + 24h;
    known.state.hard_since = now + 24h;
    known.last_run_at = now + 24h;
    const auto recalled_state = recalled({{"disk", known}}, disk_check(), now);
    BOOST_REQUIRE(recalled_state.has_value());
    BOOST_TEST((recalled_state->state.since == now));
    BOOST_TEST((recalled_state->state.hard_since == now));
    BOOST_TEST((recalled_state->last_run_at == now));
    BOOST_TEST((recalled_state->state.status == CheckStatus::critical));
}

BOOST_AUTO_TEST_CASE(damage_costs_its_line) {
    const auto good = "abc 0 0 1 1 5 6 7 8 good\n";
    for (const auto* const bad : {
             "", "x 0 0 1 1 5 6 7 8 a",  // no hash
             "abc 4 4 1 1 5 6 7 8 a",    // no such state
             "abc 2 0 1 1 5 6 7 8 a",    // hard, and not
             "abc 0 0 0 1 5 6 7 8 a",    // OK is never soft
             "abc 2 1 0 1 5 6 7 8 a",    // nor is what follows another hard state
             "abc 0 0 1 0 5 6 7 8 a",    // attempts begin with 1
             "abc 0 0 1 101 5 6 7 8 a",  // and end
             "abc 0 0 1 1 -5 6 7 8 a", "abc 0 0 1 1 5 6 7 99999999999999 a", "abc 0 0 1 1 5 6 7 8 ",
             "abc 0 0 1 1 5 6 7 8", "abc 0 0 1 1 5 6 7 8 a b",
             "abc 0 0 1 1 5 6 7 8 good",  // twice
         }) {
        const auto parsed =
            parse_check_memory(std::string("vigie checks 1\n") + good + bad + "\nabc 0 0 1 1 5 6 7 8 last");
        BOOST_REQUIRE(parsed);
        BOOST_TEST(parsed->checks.size() == 2u, bad);
        BOOST_TEST(parsed->bad_lines == std::vector<int>{3}, boost::test_tools::per_element());
    }
    for (const auto* const no_file : {"", "disk", "vigie positions 1\n"}) {
        BOOST_TEST((parse_check_memory(no_file).error().code == ErrorCode::malformed));
    }
    BOOST_TEST((parse_check_memory("vigie checks 2\n").error().code == ErrorCode::unsupported));
}

BOOST_AUTO_TEST_SUITE_END()

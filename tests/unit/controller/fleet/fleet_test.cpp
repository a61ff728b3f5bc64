// Alive or silent, through restarts of the controller.
#include "controller/fleet/fleet.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

struct FleetFixture {
    MemoryStore store;
    AgentId web{"web-1"};
    MonoTime now{std::chrono::hours{1}};
    WallTime wall = wall_from_unix_ms(1'800'000'000'000);
    Fleet fleet{10s, now};

    FleetFixture() {
        StoreBatch batch;
        batch.put(Family::agents, keys::agent(web), "enrolment's row");
        BOOST_REQUIRE(store.commit(batch));
        restart();
    }
    void restart() {
        auto loaded = Fleet::load(store, 10s, now);
        BOOST_REQUIRE(loaded.has_value());
        fleet = std::move(*loaded);
    }
    void save() {
        StoreBatch batch;
        for (auto& [key, row] : fleet.take_unsaved(now)) {
            batch.put(Family::hosts, key, row);
        }
        BOOST_REQUIRE(store.commit(batch));
    }
    void pass(seconds time) {
        now += time;
        wall += time;
    }
    HostState state() const { return fleet.find(web)->state; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(host_liveness, FleetFixture)

BOOST_AUTO_TEST_CASE(an_enrolled_host_is_no_alarm_before_it_was_heard) {
    pass(3600s);
    BOOST_TEST(fleet.tick(now).empty());
    BOOST_TEST((state() == HostState::never_heard));
}

BOOST_AUTO_TEST_CASE(nobody_is_silent_because_nobody_listened) {
    fleet.heard(web, now, wall);
    pass(3600s);
    fleet.begin_anew(now);
    BOOST_TEST(fleet.tick(now).empty());
    pass(90s);
    BOOST_TEST(fleet.tick(now).empty());
    pass(1s);
    BOOST_TEST(fleet.tick(now).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_host_whose_key_is_revoked_is_not_heard_and_its_silence_is_no_news) {
    fleet.heard(web, now, wall);
    fleet.revoke(web);
    BOOST_TEST(fleet.find(web)->is_key_revoked);
    BOOST_TEST(!fleet.heard(web, now, wall).has_value());  // what was under way
    BOOST_TEST(!fleet.hello(web, {}, now, wall).has_value());
    pass(3600s);
    BOOST_TEST(fleet.tick(now).empty());
    BOOST_TEST((state() == HostState::never_heard));
    fleet.enrol(web);
    BOOST_TEST(!fleet.find(web)->is_key_revoked);
    BOOST_TEST((fleet.heard(web, now, wall)->to == HostState::up));
}

BOOST_AUTO_TEST_CASE(silent_after_three_missed_heartbeats_once) {
    const auto up = fleet.heard(web, now, wall);
    BOOST_TEST((up == HostTransition{web, HostState::never_heard, HostState::up}));
    BOOST_TEST(!fleet.heard(web, now, wall).has_value());
    pass(30s);
    BOOST_TEST(fleet.tick(now).empty());
    pass(1s);
    BOOST_TEST((fleet.tick(now) == std::vector{HostTransition{web, HostState::up, HostState::silent}}));
    pass(3600s);
    BOOST_TEST(fleet.tick(now).empty());
    BOOST_TEST((fleet.heard(web, now, wall) == HostTransition{web, HostState::silent, HostState::up}));
}

// sensu-go#4822: controller down, agent killed, controller started: missing within one heartbeat timeout and the minute
// that a living agent may pause between its attempts.
BOOST_AUTO_TEST_CASE(a_host_killed_while_the_controller_was_down_is_missed) {
    fleet.heard(web, now, wall);
    save();
    pass(3600s);
    restart();
    BOOST_TEST((state() == HostState::up));
    BOOST_TEST(unix_ms(*fleet.find(web)->last_heard_at) == 1'800'000'000'000);
    pass(90s);
    BOOST_TEST(fleet.tick(now).empty());
    pass(1s);
    BOOST_TEST(fleet.tick(now).size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_last_to_come_back_to_a_restarted_controller_was_never_silent) {
    fleet.heard(web, now, wall);
    save();
    pass(3600s);
    restart();
    pass(75s);
    BOOST_TEST(fleet.tick(now).empty());
    BOOST_TEST(!fleet.heard(web, now, wall).has_value());
    pass(31s);  // from then on its heartbeats count as ever
    BOOST_TEST(fleet.tick(now).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_silent_host_is_not_reported_again_after_a_restart) {
    fleet.heard(web, now, wall);
    pass(31s);
    fleet.tick(now);
    save();
    restart();
    pass(60s);
    BOOST_TEST((state() == HostState::silent));
    BOOST_TEST(fleet.tick(now).empty());
}

BOOST_AUTO_TEST_CASE(hello_facts_survive_a_restart) {
    protocol::Hello hello;
    hello.agent_version = "0.1.0";
    hello.boot_id = "b00t";
    hello.labels = {{"env", "prod"}};
    hello.jobs = {"backup"};
    hello.sent_at_unix_ms = unix_ms(wall) + 90'000;
    fleet.hello(web, hello, now, wall);
    BOOST_TEST(fleet.find(web)->is_connected);
    save();
    restart();
    const auto* host = fleet.find(web);
    BOOST_TEST(!host->is_connected);
    BOOST_TEST(host->agent_version == "0.1.0");
    BOOST_TEST(host->boot_id == "b00t");
    BOOST_TEST(host->labels.at("env") == "prod");
    BOOST_TEST((host->jobs == hello.jobs));
    BOOST_TEST(host->clock_ahead.count() == 90'000);
}

BOOST_AUTO_TEST_CASE(a_hello_of_any_time_is_a_century_of_skew_at_most) {
    protocol::Hello hello;
    hello.sent_at_unix_ms = std::numeric_limits<int64_t>::min();
    fleet.hello(web, hello, now, wall);
    BOOST_TEST((fleet.find(web)->clock_ahead < 0s));
}

BOOST_AUTO_TEST_CASE(strangers_and_hosts_that_left_are_not_heard) {
    BOOST_TEST(!fleet.heard(AgentId{"stranger"}, now, wall).has_value());
    BOOST_TEST(fleet.find(AgentId{"stranger"}) == nullptr);
    fleet.heard(web, now, wall);
    BOOST_TEST((fleet.leave(web) == HostTransition{web, HostState::up, HostState::left}));
    BOOST_TEST(!fleet.leave(web).has_value());
    BOOST_TEST(!fleet.heard(web, now, wall).has_value());
    pass(60s);
    BOOST_TEST(fleet.tick(now).empty());
    fleet.enrol(web);
    BOOST_TEST((state() == HostState::never_heard));
}

BOOST_AUTO_TEST_CASE(last_heard_is_saved_every_five_minutes_only) {
    fleet.heard(web, now, wall);
    BOOST_TEST(fleet.take_unsaved(now).size() == 1u);
    pass(10s);
    fleet.heard(web, now, wall);
    BOOST_TEST(fleet.take_unsaved(now).empty());
    pass(300s);
    BOOST_TEST(fleet.take_unsaved(now).size() == 1u);
    BOOST_TEST(fleet.take_unsaved(now).empty());
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_named) {
    Host host{.id = web};
    host.labels = {{"a", "b"}};
    host.jobs = {"x"};
    const auto row = host_row(host);
    for (size_t size = 0; size < row.size(); ++size) {
        BOOST_TEST(!read_host("web-1", row.substr(0, size)).has_value());
    }
    StoreBatch batch;
    batch.put(Family::hosts, "web-1", "junk");
    BOOST_REQUIRE(store.commit(batch));
    const auto loaded = Fleet::load(store, 10s, now);
    BOOST_REQUIRE(!loaded.has_value());
    BOOST_TEST(loaded.error().message.find("web-1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_host_that_said_goodbye_has_a_grace_to_come_back) {
    fleet.set_restart_grace(300s);
    fleet.hello(web, {}, now, wall);
    fleet.leaving(web, protocol::Leaving::host_stops, now);
    fleet.disconnected(web);
    pass(330s);
    BOOST_TEST(fleet.tick(now).empty());
    pass(1s);
    BOOST_TEST(fleet.tick(now).size() == 1u);
    BOOST_TEST(fleet.find(web)->silent_because ==
               "host stopped: it said that it shuts down or boots anew, and is not back after 5m");
}

BOOST_AUTO_TEST_CASE(a_goodbye_holds_until_the_next_session) {
    fleet.hello(web, {}, now, wall);
    fleet.leaving(web, protocol::Leaving::agent_stops, now);
    fleet.hello(web, {}, now, wall);  // it is back, and this time it dies
    pass(31s);
    BOOST_TEST(fleet.tick(now).size() == 1u);
    BOOST_TEST(fleet.find(web)->silent_because.starts_with("host or network: "));
    fleet.heard(web, now, wall);
    BOOST_TEST(fleet.find(web)->silent_because == "");
}

BOOST_AUTO_TEST_CASE(no_grace_makes_a_goodbye_a_silence_like_any_other) {
    fleet.set_restart_grace(0s);
    fleet.hello(web, {}, now, wall);
    fleet.leaving(web, protocol::Leaving::agent_stops, now);
    pass(31s);
    BOOST_TEST(fleet.tick(now).size() == 1u);
    BOOST_TEST(fleet.find(web)->silent_because.starts_with("agent stopped: "));
}

BOOST_AUTO_TEST_CASE(a_connection_closed_without_a_goodbye_tells_of_an_agent_that_died) {
    fleet.hello(web, {}, now, wall);
    fleet.closed_by_peer(web);
    pass(31s);
    BOOST_TEST(fleet.tick(now).size() == 1u);
    BOOST_TEST(fleet.find(web)->silent_because.starts_with("agent died: "));
}

BOOST_AUTO_TEST_CASE(a_host_that_does_not_come_back_to_a_started_controller_tells_nothing_else) {
    fleet.heard(web, now, wall);
    save();
    restart();
    pass(91s);
    BOOST_TEST(fleet.tick(now).size() == 1u);
    BOOST_TEST(fleet.find(web)->silent_because.starts_with("not back: "));
}

// Each is heard last at another instant, as pings are.
struct Networks : FleetFixture {
    void add(const std::string& name, const std::string& address) {
        const AgentId agent{name};
        fleet.enrol(agent);
        fleet.hello(agent, {}, now, wall);
        fleet.set_address(agent, address);
    }
    void hear(const std::string& name) { fleet.heard(AgentId{name}, now, wall); }
    std::string why(const std::string& name) { return fleet.find(AgentId{name})->silent_because; }
};

BOOST_FIXTURE_TEST_CASE(one_of_its_network_is_the_host_or_its_way_and_says_who_is_heard, Networks) {
    add("a", "10.0.0.1");
    add("b", "10.0.0.2");
    add("c", "10.0.0.3");
    pass(31s);
    hear("b");
    hear("c");
    BOOST_TEST(fleet.tick(now).size() == 1u);
    BOOST_TEST(why("a") ==
               "host or network: nothing came from it any more, while 2 of 3 hosts in 10.0.0.0/24 are heard");
}

BOOST_FIXTURE_TEST_CASE(all_of_one_network_are_many_at_once_though_one_is_missed_first, Networks) {
    add("a", "10.0.0.1");
    pass(9s);
    add("b", "10.0.0.2");
    add("far", "10.0.9.1");
    pass(22s);
    hear("far");
    BOOST_TEST(fleet.tick(now).size() == 1u);  // b still has nine seconds
    BOOST_TEST(why("a").starts_with("many hosts at once (2 of 2 in 10.0.0.0/24)"));
}

BOOST_FIXTURE_TEST_CASE(most_of_the_fleet_are_many_at_once_wherever_they_are, Networks) {
    add("a", "10.0.1.1");
    add("b", "10.0.2.1");
    add("c", "2001:db8::1");
    add("d", "10.0.4.1");
    pass(31s);
    hear("d");
    BOOST_TEST(fleet.tick(now).size() == 3u);
    BOOST_TEST(why("c").starts_with("many hosts at once (3 of 4): "));
}

BOOST_FIXTURE_TEST_CASE(who_died_or_stopped_or_is_long_gone_is_no_part_of_an_outage, Networks) {
    for (const auto* name : {"old", "dead", "stopped", "a"}) {
        add(name, "10.0.0.1");
    }
    pass(200s);  // longer than three timeouts
    for (const auto* name : {"dead", "stopped", "a"}) {
        hear(name);
    }
    BOOST_TEST(fleet.tick(now).size() == 1u);
    fleet.closed_by_peer(AgentId{"dead"});
    fleet.leaving(AgentId{"stopped"}, protocol::Leaving::agent_stops, now);
    pass(31s);
    BOOST_TEST(fleet.tick(now).size() == 2u);
    BOOST_TEST(why("a") == "host or network: nothing came from it any more, and it did not close its connection");
    BOOST_TEST(why("dead").starts_with("agent died: "));
}

BOOST_AUTO_TEST_SUITE_END()

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

BOOST_AUTO_TEST_SUITE_END()

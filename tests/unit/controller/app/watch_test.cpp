#include "controller/app/watch.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

const AgentId web_1{"web-1"};

struct Watched : World {
    Watched() {
        watch->start();
        connect(web_1);
    }
    // Ticks for as long, with a heartbeat in each half minute.
    void hear_for(std::chrono::minutes time) {
        for (auto left = time * 2; left.count() > 0; left -= std::chrono::minutes{1}) {
            clock.advance(30s);
            watch->heard(web_1, clock.mono());
            settle();
            watch->tick();
            settle();
        }
    }
    void run_etc() {
        commits.submit(
            [this](StoreBatch& batch) {
                const ForcedRun wanted{.job = "etc", .hosts = {web_1}, .parameters = {}, .asked_by = "me"};
                BOOST_TEST(records->jobs().run_now(wanted, records->now(), batch).has_value());
            },
            [this](const Result<void>& stored) { records->on_committed(stored, *this); });
        settle();
    }
    std::string silence() {
        const auto found = alerts::list_alerts(memory).value();
        return found.empty() ? "" : std::string(alerts::name_of(found.front().state.phase));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hosts_watch, Watched)

BOOST_AUTO_TEST_CASE(a_silent_host_is_told_and_its_return_too) {
    for (int i = 0; i < 31; ++i) {
        tick_after(1s);
    }
    BOOST_TEST(silence() == "firing");
    BOOST_TEST(rows(Family::outbox) == 1u);
    BOOST_TEST(wakes == 1u);
    watch->heard(web_1, clock.mono());
    settle();
    BOOST_TEST(silence() == "resolved");
    BOOST_TEST(rows(Family::outbox) == 2u);
}

BOOST_AUTO_TEST_CASE(an_announced_end_is_paged_after_its_grace_with_its_reason) {
    watch->leaving(web_1, protocol::Leaving::host_stops, clock.mono());
    watch->disconnected(web_1, "silent");
    for (int i = 0; i < 330; ++i) {
        tick_after(1s);
    }
    BOOST_TEST(silence() == "");
    tick_after(1s);
    BOOST_TEST(silence() == "firing");
    BOOST_TEST(alerts::list_alerts(memory).value().front().annotations.at("reason").starts_with("host stopped: "));
}

BOOST_AUTO_TEST_CASE(an_agent_that_died_is_told_from_a_host_that_did) {
    watch->closed_by_peer(web_1);
    for (int i = 0; i < 31; ++i) {
        tick_after(1s);
    }
    BOOST_TEST(alerts::list_alerts(memory).value().front().annotations.at("reason").starts_with("agent died: "));
}

BOOST_AUTO_TEST_CASE(samples_of_the_backlog_are_no_sign_of_life) {
    const auto sampled_at = clock.wall();
    for (int i = 0; i < 600; ++i) {
        tick_after(1s);
    }
    BOOST_TEST(silence() == "firing");
    const auto entry = protocol::encode_entry(
        protocol::SampleBatch{.sampled_at_unix_ms = unix_ms(sampled_at), .schema = "node_load1\n", .values = {1}});
    BOOST_REQUIRE(path->offer(web_1, protocol::Stream::metrics, 1, 1, entry));
    tick_after(1s);
    BOOST_TEST(acknowledged.size() == 1u);
    BOOST_TEST(silence() == "firing");
    BOOST_TEST((watch->fleet().find(web_1)->state == HostState::silent));
}

BOOST_AUTO_TEST_CASE(a_full_disk_delays_the_page_and_does_not_lose_it) {
    memory.fail_commits_with = disk_full;
    for (int i = 0; i < 40; ++i) {
        tick_after(1s);
    }
    BOOST_TEST(silence() == "");
    memory.fail_commits_with.reset();
    tick_after(1s);
    BOOST_TEST(silence() == "firing");
    BOOST_TEST(rows(Family::outbox) == 1u);
    tick_after(1s);
    BOOST_TEST(rows(Family::outbox) == 1u);
}

BOOST_AUTO_TEST_CASE(a_host_that_came_back_while_the_disk_was_full_pages_nobody) {
    memory.fail_commits_with = disk_full;
    for (int i = 0; i < 31; ++i) {
        tick_after(1s);
    }
    watch->heard(web_1, clock.mono());
    settle();
    memory.fail_commits_with.reset();
    tick_after(1s);
    BOOST_TEST(silence() == "");
    BOOST_TEST(rows(Family::outbox) == 0u);
}

// Else a controller that dies before its next tick finds the host silent and its alert over, and pages for it again.
BOOST_AUTO_TEST_CASE(a_host_and_its_alert_change_in_one_commit) {
    for (int i = 0; i < 31; ++i) {
        tick_after(1s);
    }
    watch->heard(web_1, clock.mono());
    settle();
    BOOST_TEST(silence() == "resolved");
    const auto after_a_crash = Fleet::load(memory, 10s, clock.mono());
    BOOST_REQUIRE(after_a_crash.has_value());
    BOOST_TEST((after_a_crash->find(web_1)->state == HostState::up));
}

BOOST_AUTO_TEST_CASE(a_controller_that_stood_still_calls_no_host_silent) {
    tick_after(3600s);
    BOOST_TEST(silence() == "");
    for (int i = 0; i < 90; ++i) {  // a heartbeat timeout and the time to reconnect
        tick_after(1s);
    }
    BOOST_TEST(silence() == "");
    tick_after(1s);
    BOOST_TEST(silence() == "firing");
}

BOOST_AUTO_TEST_CASE(ticks_do_not_pile_up_behind_a_disk_that_stalls) {
    clock.advance(1s);
    watch->tick();
    const auto queued = commits.queued();
    for (int i = 0; i < 100; ++i) {
        watch->tick();
    }
    BOOST_TEST(commits.queued() == queued);
}

// Found by tests/simulation: the host loses its outbox after START and before its first report.
BOOST_AUTO_TEST_CASE(a_host_that_lost_its_first_record_of_runs_starts_none_again) {
    HelloFacts facts;
    facts.results_incarnation = 1;
    watch->connected(web_1, facts);
    run_etc();
    BOOST_TEST(starts.size() == 1u);
    watch->connected(web_1, facts);  // the same outbox is asked again
    settle();
    BOOST_TEST(starts.size() == 2u);
    facts.results_incarnation = 2;
    watch->connected(web_1, facts);
    settle();
    BOOST_TEST(starts.size() == 2u);
}

// Found by tests/simulation: a START left although the session that it rests on could not be stored, and the outbox
// that had taken it was lost before anything of it came.
BOOST_AUTO_TEST_CASE(nothing_starts_on_a_host_whose_session_is_not_stored_yet) {
    memory.fail_commits_with = disk_full;
    HelloFacts facts;
    facts.results_incarnation = 1;
    watch->connected(web_1, facts);
    settle();
    memory.fail_commits_with.reset();
    run_etc();
    BOOST_TEST(starts.empty());
    tick_after(1s);
    settle();
    BOOST_TEST(starts.size() == 1u);
    facts.results_incarnation = 2;
    watch->connected(web_1, facts);
    settle();
    BOOST_TEST(starts.size() == 1u);
}

// The committer must know that the host lost its record of runs before it takes the session's first entry, which
// already stands under the new incarnation.
BOOST_AUTO_TEST_CASE(a_session_reaches_the_committer_before_its_entries) {
    HelloFacts facts;
    facts.results_incarnation = 2;
    watch->connected(web_1, facts);
    BOOST_TEST(commits.queued() == 1u);
    watch->disconnected(web_1, "");
    BOOST_TEST(commits.queued() == 2u);
}

BOOST_AUTO_TEST_CASE(an_agent_that_starts_again_is_an_event_and_a_resumed_session_is_none) {
    const auto events = [this] {
        std::vector<std::string> told;
        const auto newest = newest_events(memory, WallTime{}, clock.wall() + 1ms, 100, &web_1).value();
        for (const auto& event : newest) {
            told.insert(told.begin(), event.kind + ": " + event.message);
        }
        return told;
    };
    const auto connect_as = [this](std::string version, std::string boot, bool is_first) {
        clock.advance(1min);
        HelloFacts facts;
        facts.agent_version = std::move(version);
        facts.boot_id = std::move(boot);
        facts.is_first = is_first;
        watch->connected(web_1, facts);
        settle();
    };
    connect_as("1", "a", true);  // never heard before: it was enrolled
    connect_as("1", "a", false);
    BOOST_TEST(events().empty());
    connect_as("1", "a", true);
    connect_as("2", "a", true);
    connect_as("2", "b", true);
    const std::vector<std::string> wanted{"agent: the agent started again",
                                          "agent: the agent started again, version 2 in place of 1",
                                          "boot: the host booted"};
    BOOST_TEST(events() == wanted, boost::test_tools::per_element());
    clock.advance(-30s);  // within a minute of the one before
    connect_as("2", "b", true);
    BOOST_TEST(events().size() == 3u);
    clock.advance(-30s);
    connect_as("2", "c", true);  // a boot is told however soon
    BOOST_TEST(events().back() == "boot: the host booted");
    BOOST_TEST(events().size() == 4u);
}

BOOST_AUTO_TEST_CASE(two_machines_with_one_key_raise_an_alert_until_an_hour_passed_without_them) {
    watch->superseded(web_1, false);
    settle();
    BOOST_TEST(silence() == "");
    watch->superseded(web_1, true);
    settle();
    const auto found = alerts::list_alerts(memory).value();
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found[0].name == "VigieIdentityUsedTwice");
    BOOST_TEST(found[0].labels.at("host") == "web-1");
    BOOST_TEST(silence() == "firing");
    BOOST_TEST(rows(Family::outbox) == 1u);
    clock.advance(50min);
    watch->superseded(web_1, true);
    settle();
    BOOST_TEST(rows(Family::outbox) == 1u);
    hear_for(59min);
    BOOST_TEST(silence() == "firing");
    hear_for(2min);
    BOOST_TEST(silence() == "resolved");
    BOOST_TEST(rows(Family::outbox) == 2u);
}

BOOST_AUTO_TEST_CASE(an_identity_used_twice_before_a_restart_gets_its_hour_again) {
    watch->superseded(web_1, true);
    settle();
    watch = std::make_unique<Watch>(*loop, Fleet(10s, clock.mono()), *records, commits, *this, clock);
    watch->start();
    connect(web_1);
    hear_for(59min);
    BOOST_TEST(silence() == "firing");
    hear_for(2min);
    BOOST_TEST(silence() == "resolved");
}

BOOST_AUTO_TEST_CASE(a_clock_far_off_raises_an_alert_and_one_on_the_edge_no_second) {
    const auto tell = [this](milliseconds ahead) {
        watch->clock_told(web_1, ahead);
        settle();
    };
    tell(61s);
    const auto found = alerts::list_alerts(memory).value();
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found[0].name == "VigieClockSkew");
    BOOST_TEST(found[0].annotations.at("summary") == "the clock of web-1 is 1m1s ahead of the controller's");
    BOOST_TEST(silence() == "firing");
    BOOST_TEST(watch->fleet().find(web_1)->is_clock_off);
    for (int i = 0; i < 6; ++i) {
        tell(i % 2 == 0 ? 59s : 61s);
    }
    BOOST_TEST(silence() == "firing");
    BOOST_TEST(rows(Family::outbox) == 1u);
    for (size_t i = 0; i < clock_readings_kept; ++i) {
        tell(2s);
    }
    BOOST_TEST(silence() == "resolved");
    BOOST_TEST(rows(Family::outbox) == 2u);
}

BOOST_AUTO_TEST_CASE(one_ping_that_was_held_up_makes_no_clock_late) {
    for (const auto ahead : {-120s, -120s, 0s, -120s, -120s}) {
        watch->clock_told(web_1, ahead);
        settle();
        BOOST_TEST(silence() == "");
    }
    watch->clock_told(web_1, -120s);
    settle();
    BOOST_TEST(silence() == "firing");
}

BOOST_AUTO_TEST_CASE(progress_is_shown_of_the_host_that_runs_it_only) {
    protocol::JobProgress progress;
    progress.run_id = "r1";
    progress.doing = "mine";
    watch->progressed(AgentId{"db-1"}, progress);
    settle();
    BOOST_TEST(!watch->progress_of("r1", web_1));
    BOOST_TEST(watch->progress_of("r1", AgentId{"db-1"})->doing == "mine");
}

// A controller that dies between the commit of the keys and that of the host, as a new one finds it.
BOOST_AUTO_TEST_CASE(hosts_whose_keys_went_before_a_crash_are_gone_after_it) {
    for (const bool is_removed : {true, false}) {
        watch->heard(web_1, clock.mono());
        settle();
        for (int i = 0; i < 31; ++i) {
            tick_after(1s);
        }
        BOOST_TEST(ask("alerts.list").value().size() == 1u);
        StoreBatch batch;
        if (is_removed) {
            batch.erase(Family::agents, web_1.value);
        } else {
            batch.put(
                Family::agents, web_1.value,
                encode(AgentRecord{.agent = web_1, .public_key = std::string(40, 'k'), .revoked_at = clock.wall()}));
        }
        BOOST_REQUIRE(memory.commit(batch).has_value());
        auto fleet = load_fleet(memory, 10s, clock.mono()).value();
        BOOST_TEST(std::string(shown_state(*fleet.find(web_1))) == (is_removed ? "left" : "revoked"));
        Watch next(*loop, std::move(fleet), *records, commits, *this, clock);
        next.start();
        settle();
        BOOST_TEST(ask("alerts.list").value().empty());
        BOOST_TEST(next.enrolled_hosts().empty());
        const auto stored = read_host(web_1.value, memory.get(Family::hosts, web_1.value).value().value()).value();
        BOOST_TEST((stored.state == (is_removed ? HostState::left : HostState::never_heard)));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller

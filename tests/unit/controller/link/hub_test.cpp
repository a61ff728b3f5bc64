// The hub without sockets: what it keeps and whom it stops when the committer's queue is full.
#include "controller/link/hub.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/support/manual_clock.hpp"

using namespace vigie;
using namespace vigie::controller;
using protocol::Stream;

namespace {
struct World : BatchSink, CursorSource, LinkObserver, Outlet {
    bool is_full = false;
    std::map<std::pair<std::string, uint64_t>, std::vector<uint64_t>> taken;  // (agent, incarnation) -> numbers
    std::map<std::string, std::vector<protocol::Message>> told;               // by connection
    std::vector<int> cuts;
    std::vector<std::string> news;
    protocol::Sent outcome = protocol::Sent::taken;

    bool offer(const AgentId& agent, Stream, uint64_t incarnation, uint64_t seq, const std::string&) override {
        if (!is_full) {
            taken[{agent.value, incarnation}].push_back(seq);
        }
        return !is_full;
    }
    bool offer_gap(const AgentId& agent, Stream stream, uint64_t incarnation, uint64_t, uint64_t last_seq,
                   protocol::GapReason) override {
        return offer(agent, stream, incarnation, last_seq, {});
    }
    bool offer_generations(const AgentId&, const std::vector<protocol::Generation>&) override { return !is_full; }
    void heard(const AgentId& agent, MonoTime) override { news.push_back("heard " + agent.value); }
    void clock_told(const AgentId& agent, milliseconds ahead) override {
        news.push_back(fmt::format("clock of {} {}", agent.value, ahead.count()));
    }
    void connected(const AgentId& agent, const HelloFacts& facts) override {
        news.push_back(fmt::format("connected {} skew {}", agent.value, facts.clock_skew.count()));
    }
    void disconnected(const AgentId& agent, const std::string&) override {
        news.push_back("disconnected " + agent.value);
    }
    void superseded(const AgentId& agent, bool) override { news.push_back("superseded " + agent.value); }
    void progressed(const AgentId&, const protocol::JobProgress&) override {}
    void enrolled(const AgentId&) override {}
    protocol::Sent send(const protocol::ConnectionId& connection, const protocol::Frames& frames) override {
        if (outcome == protocol::Sent::taken) {
            told[connection].push_back(protocol::decode_frames(frames.header, frames.body).value());
        }
        return outcome;
    }
    void cut(const protocol::Connection& connection) override { cuts.push_back(connection.fd); }
    std::set<int> closed;  // connections that ended from the other side
    bool is_open(const protocol::Connection& connection) override { return !closed.contains(connection.fd); }
    void closed_by_peer(const AgentId& agent) override { news.push_back("closed by " + agent.value); }
    void leaving(const AgentId& agent, protocol::Leaving how, MonoTime) override {
        news.push_back(fmt::format("{} leaves as {}", agent.value, static_cast<int>(how)));
    }

    tests::ManualClock clock;
    uint64_t dice = 0;
    std::optional<uint64_t> results_incarnation;  // of the outboxes that greet; none: they keep no results
    Hub hub;

    explicit World(milliseconds heartbeat_interval = 10s)
        : hub({.heartbeat_interval = heartbeat_interval}, *this, *this, *this, *this) {}

    Result<std::vector<protocol::StreamCursor>> cursors_of(const AgentId&) override {
        return std::vector<protocol::StreamCursor>{};
    }
    protocol::Moment now() { return {.mono = clock.mono(), .wall = clock.wall(), .random = ++dice}; }
    // The agent's name is its connection's too; fd numbers it.
    void say(const std::string& agent, int fd, const protocol::Header& header, const protocol::Frames& frames) {
        protocol::Received received;
        received.routing_id = agent;
        received.user_id = agent;
        received.connection = {.fd = fd, .peer_port = 1};
        received.peer_address = address;
        received.frames = {.header = protocol::encode_header(header), .body = frames.body};
        hub.on_received(std::move(received), now());
        hub.finish_round(now());
    }
    std::vector<std::string> features;  // of those that greet
    std::string address;                // likewise
    uint64_t greet(const std::string& agent, int fd, int64_t ahead_ms = 0, uint64_t next_seq = 1) {
        protocol::Hello hello;
        hello.features = features;
        hello.sent_at_unix_ms = unix_ms(clock.wall()) + ahead_ms;
        hello.boot_id = "boot";
        hello.streams = {{.stream = Stream::metrics, .incarnation = 1, .oldest_seq = 1, .next_seq = next_seq}};
        if (results_incarnation) {
            hello.streams.push_back(
                {.stream = Stream::results, .incarnation = *results_incarnation, .oldest_seq = 1, .next_seq = 1});
        }
        protocol::Header header;
        header.type = protocol::MessageType::hello;
        say(agent, fd, header, protocol::encode_frames({.header = header, .body = hello}));
        BOOST_REQUIRE(!told[agent].empty());
        return told[agent].back().header.session;
    }
    void send_batch(const std::string& agent, uint64_t session, uint64_t seq, size_t bytes) {
        protocol::Header header;
        header.type = protocol::MessageType::batch;
        header.session = session;
        header.stream = Stream::metrics;
        header.incarnation = 1;
        header.seq = seq;
        say(agent, 1, header, {.header = {}, .body = std::string(bytes, 'x')});
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(hub, World)

BOOST_AUTO_TEST_CASE(held_entries_are_bounded_and_all_come_through_in_order) {
    constexpr size_t entry_bytes = 512 * 1024;
    constexpr size_t agents = 60;  // each may have 2 MiB under way: 120 MiB, of which 64 MiB are held
    std::vector<uint64_t> sessions;
    for (size_t i = 0; i < agents; ++i) {
        sessions.push_back(greet(fmt::format("web-{}", i), 1));
    }
    is_full = true;
    for (uint64_t seq = 1; seq <= 3; ++seq) {
        for (size_t i = 0; i < agents; ++i) {
            send_batch(fmt::format("web-{}", i), sessions[i], seq, entry_bytes);
        }
    }
    // 64 MiB of 512 KiB entries are 128; beyond it each of the 60 streams may bring one more.
    BOOST_TEST(hub.held_entries() >= 127u);
    BOOST_TEST(hub.held_entries() <= 128u + agents);
    is_full = false;
    hub.finish_round(now());
    BOOST_TEST(hub.held_entries() == 0u);
    for (const auto& [whose, numbers] : taken) {
        for (size_t i = 0; i < numbers.size(); ++i) {
            BOOST_TEST(numbers[i] == i + 1);
        }
    }
    BOOST_TEST(taken.size() == agents);
}

BOOST_AUTO_TEST_CASE(a_host_that_greets_without_end_while_the_disk_stalls_is_not_answered) {
    is_full = true;
    greet("web-1", 1);
    const auto held = hub.held_entries();
    for (int i = 0; i < 100; ++i) {
        greet("web-1", 1);
    }
    BOOST_TEST(hub.held_entries() <= held + 4);
    const auto told_before = told["web-1"].size();
    is_full = false;
    hub.finish_round(now());
    BOOST_TEST(hub.held_entries() == 0u);
    greet("web-1", 1);
    BOOST_TEST(told["web-1"].size() > told_before);
}

BOOST_AUTO_TEST_CASE(a_stopped_stream_gets_credit_again_once_all_is_taken) {
    const auto session = greet("web-1", 1);
    is_full = true;
    for (int i = 0; i < 129; ++i) {
        const auto name = fmt::format("db-{}", i);
        send_batch(name, greet(name, 2), 1, 512 * 1024);
    }
    send_batch("web-1", session, 1, 100);
    BOOST_REQUIRE(told["web-1"].back().header.type == protocol::MessageType::ack);
    BOOST_TEST(told["web-1"].back().header.credit_bytes == 0u);
    is_full = false;
    hub.finish_round(now());
    hub.on_durable(AgentId{"web-1"}, Stream::metrics, 1, 1);
    hub.finish_round(now());
    BOOST_TEST(told["web-1"].back().header.ack == 1u);
    BOOST_TEST(told["web-1"].back().header.credit_bytes > 0u);
}

// Decided for a session, then held up by a slow disk: meanwhile the host came back with a new outbox, in which no run
// has a record.
BOOST_AUTO_TEST_CASE(a_start_is_only_for_the_outbox_it_was_decided_for) {
    protocol::JobStart start;
    start.run_id = "r1";
    start.job = "backup";
    const auto has_start = [&] {
        hub.finish_round(now());
        return std::any_of(told["web-1"].begin(), told["web-1"].end(), [](const protocol::Message& message) {
            return message.header.type == protocol::MessageType::job_start;
        });
    };
    results_incarnation = 8;
    greet("web-1", 1);
    hub.start_job(AgentId{"web-1"}, start, 7, now());
    hub.start_job(AgentId{"web-1"}, start, std::nullopt, now());
    BOOST_TEST(!has_start());
    hub.start_job(AgentId{"web-1"}, start, 8, now());
    BOOST_TEST(has_start());
}

BOOST_AUTO_TEST_CASE(a_forgotten_agent_is_refused_and_cut_at_the_next_tick) {
    greet("web-1", 7);
    hub.forget(AgentId{"web-1"}, protocol::RefuseReason::revoked, "the key was revoked", now());
    BOOST_TEST((told["web-1"].back().header.type == protocol::MessageType::refuse));
    BOOST_TEST(cuts.empty());
    hub.on_tick(now());
    BOOST_TEST(cuts == std::vector<int>{7}, boost::test_tools::per_element());
    BOOST_TEST(hub.sessions() == 0u);
    hub.finish_round(now());
}

BOOST_AUTO_TEST_CASE(news_tell_the_clocks_skew_and_are_not_repeated_each_message) {
    const auto session = greet("web-1", 1, -2500);
    BOOST_TEST(std::count(news.begin(), news.end(), "connected web-1 skew -2500") == 1);
    send_batch("web-1", session, 1, 10);
    send_batch("web-1", session, 2, 10);
    BOOST_TEST(std::count(news.begin(), news.end(), "heard web-1") == 1);
    clock.advance(1s);
    send_batch("web-1", session, 3, 10);
    BOOST_TEST(std::count(news.begin(), news.end(), "heard web-1") == 2);
    clock.advance(40s);
    hub.on_tick(now());
    BOOST_TEST(std::count(news.begin(), news.end(), "disconnected web-1") == 1);
}

// Eight are remembered; the ninth takes the place of those that have no session.
BOOST_AUTO_TEST_CASE(connections_of_one_key_beside_its_session_are_cut_when_they_are_many) {
    greet("web-1", 1);
    for (int fd = 2; fd <= 9; ++fd) {
        protocol::Received received;
        received.routing_id = fmt::format("another {}", fd);
        received.user_id = "web-1";
        received.connection = {.fd = fd, .peer_port = 1};
        received.frames.header = protocol::encode_header({.type = protocol::MessageType::ping});
        hub.on_received(std::move(received), now());
        hub.finish_round(now());
    }
    hub.on_tick(now());
    BOOST_TEST(cuts == (std::vector<int>{2, 3, 4, 5, 6, 7, 8}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pings_tell_the_clock_of_the_session_s_host_once_a_second) {
    const auto session = greet("web-1", 1);
    const auto ping = [this](uint64_t of_session, int64_t ahead_ms) {
        protocol::Header header;
        header.type = protocol::MessageType::ping;
        header.session = of_session;
        const protocol::Ping body{.sent_at_unix_ms = unix_ms(clock.wall()) + ahead_ms};
        say("web-1", 1, header, protocol::encode_frames({.header = header, .body = body}));
    };
    ping(session, 90'000);
    ping(session, 60'000);
    clock.advance(1s);
    ping(session + 1, 7'000);
    ping(session, -4'000);
    std::vector<std::string> clocks;
    std::copy_if(news.begin(), news.end(), std::back_inserter(clocks),
                 [](const std::string& one) { return one.starts_with("clock of"); });
    BOOST_TEST(clocks == (std::vector<std::string>{"clock of web-1 90000", "clock of web-1 -4000"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_peer_that_reads_nothing_is_cut_instead_of_filling_memory) {
    const auto session = greet("web-1", 9);
    outcome = protocol::Sent::full;
    protocol::Header header;
    header.type = protocol::MessageType::ping;
    header.session = session;
    for (int i = 0; i < 300; ++i) {
        say("web-1", 9, header, protocol::encode_frames({.header = header, .body = protocol::Ping{}}));
    }
    hub.on_tick(now());
    BOOST_TEST(cuts == std::vector<int>{9}, boost::test_tools::per_element());
}

// Agents with three entries each, of which 8 may replay at once: 8 MiB under way, a MiB each.
struct Storm : World {
    static constexpr size_t agents = 12;
    std::vector<uint64_t> sessions;

    static std::string name(size_t i) { return fmt::format("web-{:02}", i); }
    uint64_t credit(const std::string& agent) const {
        const auto& last = told.at(agent).back();
        const auto* welcome = std::get_if<protocol::Welcome>(&last.body);
        return welcome != nullptr ? welcome->cursors.at(0).credit_bytes : last.header.credit_bytes;
    }
    size_t with_credit() const {
        size_t count = 0;
        for (size_t i = 0; i < agents; ++i) {
            count += credit(name(i)) > 0 ? 1 : 0;
        }
        return count;
    }
    void greet_all() {
        for (size_t i = 0; i < agents; ++i) {
            sessions.push_back(greet(name(i), 1, 0, 4));
        }
    }
    void replay(size_t i) {
        for (uint64_t seq = 1; seq <= 3; ++seq) {
            send_batch(name(i), sessions[i], seq, 100);
        }
        hub.on_durable({name(i)}, Stream::metrics, 1, 3);
        hub.finish_round(now());
    }
};

BOOST_FIXTURE_TEST_CASE(backlogs_are_replayed_in_turns_and_live_streams_never_wait, Storm) {
    greet_all();
    BOOST_TEST(with_credit() == 8u);
    BOOST_TEST(credit(name(7)) == protocol::body_bytes_max);
    BOOST_TEST(hub.waiting_replays() == 4u);
    // Two entries are no backlog: they were under way when the connection broke.
    greet("live", 1, 0, 3);
    BOOST_TEST(credit("live") == 2 * protocol::body_bytes_max);
    for (size_t i = 0; i < 4; ++i) {
        replay(i);
        BOOST_TEST(credit(name(i)) == 2 * protocol::body_bytes_max);  // live from here on
        BOOST_TEST(credit(name(8 + i)) == protocol::body_bytes_max);
    }
    BOOST_TEST(hub.waiting_replays() == 0u);
}

BOOST_FIXTURE_TEST_CASE(an_agent_that_does_not_use_its_turn_holds_up_nobody_for_long, Storm) {
    greet_all();
    clock.advance(10s);
    hub.on_tick(now());
    hub.finish_round(now());
    for (size_t i = 8; i < agents; ++i) {
        BOOST_TEST(credit(name(i)) == protocol::body_bytes_max);
    }
    BOOST_TEST(with_credit() == 8u);
    BOOST_TEST(hub.waiting_replays() == 4u);
}

BOOST_FIXTURE_TEST_CASE(a_session_that_ends_gives_its_turn_to_the_next, Storm) {
    greet_all();
    hub.forget({name(0)}, protocol::RefuseReason::revoked, "revoked", now());
    hub.finish_round(now());
    BOOST_TEST(credit(name(8)) == protocol::body_bytes_max);
    BOOST_TEST(hub.waiting_replays() == 3u);
}

BOOST_AUTO_TEST_CASE(a_goodbye_is_told_of_its_own_session_only) {
    const auto session = greet("web-1", 1);
    protocol::Header header;
    header.type = protocol::MessageType::ping;
    const auto ping = [&](uint64_t of, protocol::Leaving leaving) {
        header.session = of;
        say("web-1", 1, header,
            protocol::encode_frames({.header = header, .body = protocol::Ping{.leaving = leaving}}));
    };
    news.clear();
    ping(session + 1, protocol::Leaving::host_stops);
    ping(session, protocol::Leaving::staying);
    BOOST_TEST(std::count(news.begin(), news.end(), "web-1 leaves as 2") == 0);
    ping(session, protocol::Leaving::host_stops);
    ping(session, protocol::Leaving::host_stops);
    BOOST_TEST(std::count(news.begin(), news.end(), "web-1 leaves as 2") == 1);  // once
}

BOOST_AUTO_TEST_CASE(a_connection_that_its_peer_closed_is_told_once_a_heartbeat_is_late) {
    greet("web-1", 1);
    closed = {1};
    const auto times_told = [&] { return std::count(news.begin(), news.end(), "closed by web-1"); };
    clock.advance(9s);
    hub.on_tick(now());
    BOOST_TEST(times_told() == 0);
    clock.advance(1s);
    hub.on_tick(now());
    hub.on_tick(now());
    BOOST_TEST(times_told() == 1);
    closed.clear();
    greet("web-1", 1);
    clock.advance(10s);
    hub.on_tick(now());
    BOOST_TEST(times_told() == 1);  // that of the new session is open
}

struct RareHeartbeats : World {
    RareHeartbeats() : World(5min) {}
    long times_told() const { return std::count(news.begin(), news.end(), "closed by web-1"); }
};

BOOST_FIXTURE_TEST_CASE(a_connection_that_ended_after_a_minute_was_closed_by_its_peer, RareHeartbeats) {
    greet("web-1", 1);
    closed = {1};
    clock.advance(59s);
    hub.on_tick(now());
    BOOST_TEST(times_told() == 0);
    clock.advance(1s);
    hub.on_tick(now());
    BOOST_TEST(times_told() == 1);
}

BOOST_FIXTURE_TEST_CASE(one_that_ended_after_two_minutes_may_have_been_ended_by_our_keepalive, RareHeartbeats) {
    greet("web-1", 1);
    clock.advance(2min);
    closed = {1};
    hub.on_tick(now());
    BOOST_TEST(times_told() == 0);
}

// What its next PONG says to each of them.
struct Deputies : World {
    std::map<std::string, uint64_t> sessions;

    void greet_from(const std::string& agent, const std::string& from) {
        features = {protocol::feature_deadman};
        address = from;
        sessions[agent] = greet(agent, 1);
    }
    protocol::Pong ping(const std::string& agent) {
        protocol::Header header;
        header.type = protocol::MessageType::ping;
        header.session = sessions.at(agent);
        say(agent, 1, header, protocol::encode_frames({.header = header, .body = protocol::Ping{}}));
        return std::get<protocol::Pong>(told[agent].back().body);
    }
    std::vector<std::string> deputies() {
        hub.on_tick(now());
        std::vector<std::string> names;
        for (const auto& one : hub.deputies()) {
            names.push_back(one.value);
        }
        return names;
    }
};

BOOST_FIXTURE_TEST_CASE(three_agents_that_can_page_are_told_their_places_and_one_watch, Deputies) {
    sessions["mute"] = greet("mute", 1);
    for (const auto* name : {"a", "b", "c", "d"}) {
        greet_from(name, "10.0.0.1");
    }
    BOOST_TEST(deputies() == (std::vector<std::string>{"a", "b", "c"}), boost::test_tools::per_element());
    BOOST_TEST(ping("a").deputy == 1);
    BOOST_TEST(ping("c").deputy == 3);
    BOOST_TEST(ping("a").watch == ping("c").watch);
    BOOST_TEST(ping("d").deputy == 0);
    BOOST_TEST(ping("d").watch == 0U);
    BOOST_TEST(ping("mute").deputy == 0);
}

BOOST_FIXTURE_TEST_CASE(they_are_of_different_networks_when_they_can_be, Deputies) {
    greet_from("a", "10.0.0.1");
    greet_from("b", "10.0.0.2");
    greet_from("c", "10.0.0.3");
    greet_from("z", "10.0.9.1");
    BOOST_TEST(deputies() == (std::vector<std::string>{"a", "z", "b"}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(who_is_late_makes_way_and_the_others_move_up_under_a_new_watch, Deputies) {
    for (const auto* name : {"a", "b", "c", "d"}) {
        greet_from(name, "10.0.0.1");
    }
    BOOST_TEST(deputies().front() == "a");
    const auto watch = ping("b").watch;
    clock.advance(20s);
    for (const auto* name : {"b", "c", "d"}) {
        ping(name);
    }
    BOOST_TEST(deputies() == (std::vector<std::string>{"b", "c", "d"}), boost::test_tools::per_element());
    BOOST_TEST(ping("b").deputy == 1);
    BOOST_TEST(ping("b").watch != watch);
    BOOST_TEST(ping("a").deputy == 0);  // late, but there
}

BOOST_FIXTURE_TEST_CASE(a_controller_that_stood_still_takes_nobodys_place, Deputies) {
    greet_from("a", "10.0.0.1");
    greet_from("b", "10.0.0.2");
    BOOST_TEST(deputies().size() == 2U);
    const auto watch = ping("a").watch;
    clock.advance(25s);
    BOOST_TEST(deputies() == (std::vector<std::string>{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(ping("b").deputy == 2);
    BOOST_TEST(ping("b").watch == watch);
    BOOST_TEST(deputies() == (std::vector<std::string>{"b"}), boost::test_tools::per_element());  // a is late
}

BOOST_FIXTURE_TEST_CASE(a_new_session_of_a_deputy_is_told_its_place_anew, Deputies) {
    greet_from("a", "10.0.0.1");
    BOOST_TEST(deputies().size() == 1U);
    greet_from("a", "10.0.0.1");
    BOOST_TEST(ping("a").deputy == 0);
    BOOST_TEST(deputies().size() == 1U);
    BOOST_TEST(ping("a").deputy == 1);
    features = {};
    sessions["a"] = greet("a", 1);
    BOOST_TEST(deputies().empty());
}

BOOST_AUTO_TEST_SUITE_END()

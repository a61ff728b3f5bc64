#include <boost/test/unit_test.hpp>

#include "tests/unit/protocol/session/session_support.hpp"

namespace vigie::protocol {
namespace {

constexpr uint64_t incarnation = 1000;  // of results; metrics has 1001, logs 1002

ControllerSessionSettings small_windows() {
    ControllerSessionSettings settings;
    settings.credit_bytes_first = 500;
    settings.window_bytes_max = 1000;
    return settings;
}

// A controller that has applied 4 entries of metrics of the agent web-1.
struct Controller {
    ControllerSession session{AgentId{"web-1"}, {{Stream::metrics, incarnation + 1, 4, 0}}, small_windows()};

    static Hello hello(std::string boot_id = "boot", uint64_t previous_session = 0) {
        Hello body;
        body.boot_id = std::move(boot_id);
        body.previous_session = previous_session;
        for (const Stream stream : {Stream::results, Stream::metrics, Stream::logs}) {
            body.streams.push_back(StreamState{stream, incarnation + static_cast<uint64_t>(stream), 1, 100});
        }
        return body;
    }
    ControllerActions greet(const ConnectionId& from = "a", Hello body = hello(), milliseconds when = 0s) {
        return session.on_message(from, Message{Header{.version = 1, .type = MessageType::hello}, std::move(body)},
                                  at(when, 1000 + static_cast<uint64_t>(when.count())));
    }
    Header header(MessageType type, Stream stream = Stream::metrics, uint64_t seq = 0) const {
        Header all{.version = 1, .type = type, .session = session.session()};
        all.stream = stream;
        all.incarnation = incarnation + static_cast<uint64_t>(stream);
        all.seq = seq;
        return all;
    }
    ControllerActions batch(uint64_t seq, std::string entry = "entry", milliseconds when = 1s) {
        return session.on_batch("a", header(MessageType::batch, Stream::metrics, seq), std::move(entry), at(when));
    }
    ControllerActions gap(uint64_t first, uint64_t last) {
        return session.on_message(
            "a", Message{header(MessageType::gap, Stream::metrics, first), Gap{.last_missing_seq = last}}, at(1s));
    }
    ControllerActions hear(Body body, milliseconds when = 1s) {
        return session.on_message("a", Message{header(MessageType::ping), std::move(body)}, at(when));
    }
    void durable(uint64_t seq) { session.on_durable(Stream::metrics, incarnation + 1, seq); }
    Header only_ack(milliseconds when = 1s) {
        const auto acks = messages_of<Ack>(session.take_acks(at(when)));
        BOOST_REQUIRE(acks.size() == 1u);
        return acks[0].header;
    }
};

Refuse only_refusal(const ControllerActions& actions) {
    const auto refusals = messages_of<Refuse>(actions);
    BOOST_REQUIRE(refusals.size() == 1u);
    return std::get<Refuse>(refusals[0].body);
}

uint64_t only_wanted(const ControllerActions& actions) {
    const auto messages = messages_of<GoBack>(actions);
    BOOST_REQUIRE(messages.size() == 1u);
    return messages[0].header.seq;
}

bool is_empty(const ControllerActions& actions) {
    return actions.empty();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(controller_session, Controller)

BOOST_AUTO_TEST_CASE(welcomes_with_a_session_cursors_and_credit) {
    const auto actions = greet();
    const auto welcomes = messages_of<Welcome>(actions);
    BOOST_REQUIRE(welcomes.size() == 1u);
    BOOST_TEST(welcomes[0].header.session == 1000u);
    const auto& welcome = std::get<Welcome>(welcomes[0].body);
    BOOST_TEST(welcome.heartbeat_interval_ms == 10'000u);
    BOOST_REQUIRE(welcome.cursors.size() == 3u);
    BOOST_TEST((welcome.cursors[0] == StreamCursor{Stream::results, incarnation, 0, 500}));
    BOOST_TEST((welcome.cursors[1] == StreamCursor{Stream::metrics, incarnation + 1, 4, 500}));
    BOOST_TEST(all_of<SessionOpened>(actions).at(0).agent.value == "web-1");
}

BOOST_AUTO_TEST_CASE(chooses_the_highest_version_both_speak_or_refuses) {
    auto newer = hello();
    newer.version_max = 9;
    BOOST_TEST(std::get<Welcome>(messages_of<Welcome>(greet("a", newer)).at(0).body).version == protocol_version_max);
    newer.version_min = 8;
    const auto refusal = only_refusal(greet("a", newer));
    BOOST_TEST((refusal.reason == RefuseReason::version));
    const auto ours = fmt::format("this controller {} to {}", protocol_version_min, protocol_version_max);
    BOOST_TEST(refusal.message.find("the agent speaks protocol versions 8 to 9") != std::string::npos);
    BOOST_TEST(refusal.message.find(ours) != std::string::npos, refusal.message);
    BOOST_TEST(refusal.message.ends_with("upgrade the controller"), refusal.message);
}

BOOST_AUTO_TEST_CASE(refuses_a_hello_that_names_a_stream_twice) {
    auto twice = hello();
    twice.streams.push_back(twice.streams[0]);
    BOOST_TEST((only_refusal(greet("a", twice)).reason == RefuseReason::malformed));
    BOOST_TEST(!session.is_established());
}

BOOST_AUTO_TEST_CASE(refuses_data_before_hello_once_a_second) {
    const auto refusals = messages_of<Refuse>(batch(5));
    BOOST_REQUIRE(refusals.size() == 1u);
    BOOST_TEST((std::get<Refuse>(refusals[0].body).reason == RefuseReason::unknown_session));
    BOOST_TEST(is_empty(batch(6, "entry", 1999ms)));
    BOOST_TEST(messages_of<Refuse>(batch(7, "entry", 2s)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(refuses_another_sessions_number_with_that_number) {
    static_cast<void>(greet());
    auto stale = header(MessageType::batch, Stream::metrics, 5);
    stale.session = 5;
    const auto refusals = messages_of<Refuse>(session.on_batch("a", stale, "entry", at(1s)));
    BOOST_REQUIRE(refusals.size() == 1u);
    BOOST_TEST(refusals[0].header.session == 5u);
    // The right number from another connection is no better.
    const auto other = session.on_batch("b", header(MessageType::batch, Stream::metrics, 5), "entry", at(1s));
    BOOST_TEST(all_of<Apply>(other).empty());
}

BOOST_AUTO_TEST_CASE(applies_only_the_next_number_and_acks_what_is_durable) {
    static_cast<void>(greet());
    const auto applies = all_of<Apply>(batch(5, "five"));
    BOOST_REQUIRE(applies.size() == 1u);
    BOOST_TEST(applies[0].seq == 5u);
    BOOST_TEST(applies[0].entry_bytes == "five");
    BOOST_TEST(applies[0].incarnation == incarnation + 1);
    BOOST_TEST(is_empty(session.take_acks(at(1s))));  // not durable yet
    durable(5);
    const auto ack = only_ack();
    BOOST_TEST(ack.ack == 5u);
    BOOST_TEST(ack.credit_bytes == 500u);
    BOOST_TEST((ack.stream == Stream::metrics));
}

BOOST_AUTO_TEST_CASE(gathers_acks_into_one) {
    static_cast<void>(greet());
    for (uint64_t seq = 5; seq < 10; ++seq) {
        static_cast<void>(batch(seq));
        durable(seq);
    }
    BOOST_TEST(only_ack().ack == 9u);
    BOOST_TEST(is_empty(session.take_acks(at(1s))));
}

BOOST_AUTO_TEST_CASE(acks_a_repeated_number_again_without_applying_it) {
    static_cast<void>(greet());
    static_cast<void>(batch(5));
    BOOST_TEST(is_empty(batch(5)));
    BOOST_TEST(only_ack().ack == 4u);  // 5 is accepted but not durable
    BOOST_TEST(is_empty(batch(3)));
    BOOST_TEST(only_ack().ack == 4u);
}

BOOST_AUTO_TEST_CASE(answers_a_higher_number_with_one_go_back) {
    static_cast<void>(greet());
    BOOST_TEST(only_wanted(batch(7)) == 5u);
    BOOST_TEST(is_empty(batch(8)));
    BOOST_TEST(only_wanted(batch(9, "entry", 11s)) == 5u);  // nothing came of the first for 10 s
    static_cast<void>(batch(5, "entry", 12s));
    BOOST_TEST(only_wanted(batch(8, "entry", 12s)) == 6u);
}

BOOST_AUTO_TEST_CASE(moves_past_a_gap_in_one_step) {
    static_cast<void>(greet());
    const auto gaps = all_of<ApplyGap>(gap(5, 50));
    BOOST_REQUIRE(gaps.size() == 1u);
    BOOST_TEST(gaps[0].first_seq == 5u);
    BOOST_TEST(gaps[0].last_seq == 50u);
    BOOST_TEST(all_of<Apply>(batch(51)).size() == 1u);
    durable(50);
    BOOST_TEST(only_ack().ack == 50u);
}

BOOST_AUTO_TEST_CASE(cuts_a_gap_to_what_is_missing) {
    static_cast<void>(greet());
    BOOST_TEST(all_of<ApplyGap>(gap(1, 6)).at(0).first_seq == 5u);
    BOOST_TEST(is_empty(gap(1, 6)));            // known by now
    BOOST_TEST(only_wanted(gap(9, 12)) == 7u);  // something is missing before it
    BOOST_TEST(is_empty(gap(12, 9)));           // ends before it begins
    BOOST_TEST(is_empty(gap(7, UINT64_MAX)));   // a number that would wrap
    BOOST_TEST(all_of<Apply>(batch(7)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(ignores_an_incarnation_that_hello_did_not_name) {
    static_cast<void>(greet());
    auto foreign = header(MessageType::batch, Stream::metrics, 5);
    foreign.incarnation = 5;
    BOOST_TEST(is_empty(session.on_batch("a", foreign, "entry", at(1s))));
}

BOOST_AUTO_TEST_CASE(drops_what_is_over_its_window_and_asks_for_it_when_there_is_room) {
    static_cast<void>(greet());
    BOOST_TEST(all_of<Apply>(batch(5, std::string(600, 'x'))).size() == 1u);
    BOOST_TEST(is_empty(batch(6, std::string(600, 'x'))));
    BOOST_TEST(is_empty(session.take_acks(at(1s))));
    durable(5);
    const auto actions = session.take_acks(at(1s));
    BOOST_TEST(only_wanted(actions) == 6u);
    BOOST_TEST(messages_of<GoBack>(actions)[0].header.ack == 5u);
    BOOST_TEST(messages_of<Ack>(actions).empty());  // GO_BACK acks as well
}

BOOST_AUTO_TEST_CASE(asks_again_at_the_next_tick_when_a_commit_failed) {
    static_cast<void>(greet());
    static_cast<void>(batch(5));
    static_cast<void>(batch(6));
    BOOST_TEST(is_empty(session.on_apply_failed(Stream::metrics, incarnation + 1, at(1s))));
    BOOST_TEST(is_empty(batch(7)));
    BOOST_TEST(only_wanted(session.on_tick(at(2s))) == 5u);
    BOOST_TEST(all_of<Apply>(batch(5)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(does_not_apply_twice_what_was_accepted_in_an_earlier_session) {
    static_cast<void>(greet());
    static_cast<void>(batch(5));
    const auto welcome = std::get<Welcome>(messages_of<Welcome>(greet("a", hello(), 2s)).at(0).body);
    BOOST_TEST(welcome.cursors.at(1).last_applied == 4u);  // its commit is not synced yet
    BOOST_TEST(is_empty(batch(5)));
    BOOST_TEST(all_of<Apply>(batch(6)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(tells_a_new_credit_and_repeats_it_at_pings_until_it_is_used) {
    static_cast<void>(greet());
    session.grant(Stream::metrics, 700);
    BOOST_TEST(only_ack().credit_bytes == 700u);
    const auto pong = hear(Ping{3});
    BOOST_TEST(messages_of<Pong>(pong).size() == 1u);
    BOOST_TEST(only_ack().credit_bytes == 700u);
    static_cast<void>(batch(5));
    static_cast<void>(hear(Ping{4}));
    BOOST_TEST(is_empty(session.take_acks(at(1s))));
    session.grant(Stream::metrics, 1 << 30);
    BOOST_TEST(only_ack().credit_bytes == 1000u);  // the window
}

BOOST_AUTO_TEST_CASE(pings_a_quiet_agent_and_declares_it_dead_after_three_intervals) {
    static_cast<void>(greet());
    BOOST_TEST(is_empty(session.on_tick(at(9s))));
    BOOST_TEST(messages_of<Ping>(session.on_tick(at(10s))).size() == 1u);
    BOOST_TEST(is_empty(session.on_tick(at(11s))));
    static_cast<void>(hear(Pong{}, 12s));
    BOOST_TEST(all_of<SessionClosed>(session.on_tick(at(41s))).empty());
    const auto actions = session.on_tick(at(42s));
    BOOST_TEST(all_of<SessionClosed>(actions).at(0).why == "silent");
    BOOST_TEST(all_of<CutConnection>(actions).at(0).connection == "a");
    BOOST_TEST(!session.is_established());
    BOOST_TEST(is_empty(session.on_tick(at(43s))));
}

BOOST_AUTO_TEST_CASE(cuts_the_older_of_two_sessions_and_suspects_a_clone) {
    static_cast<void>(greet("a", hello("boot-1")));
    const auto actions = greet("b", hello("boot-2"), 5s);
    BOOST_TEST((only_refusal(actions).reason == RefuseReason::superseded));
    BOOST_TEST(all_of<CutConnection>(actions).at(0).connection == "a");
    BOOST_TEST(all_of<SessionSuperseded>(actions).at(0).is_clone_suspected);
    BOOST_TEST(session.connection() == "b");
}

BOOST_AUTO_TEST_CASE(suspects_no_clone_in_an_agent_that_comes_back) {
    static_cast<void>(greet("a", hello("boot-1")));
    const auto resumed = greet("b", hello("boot-1", session.session()), 5s);
    BOOST_TEST(!all_of<SessionSuperseded>(resumed).at(0).is_clone_suspected);
    const auto restarted = greet("c", hello("boot-1"), 6s);
    BOOST_TEST(!all_of<SessionSuperseded>(restarted).at(0).is_clone_suspected);
    const auto rebooted = greet("d", hello("boot-2"), 6s + 30s);  // 30 s without a word
    BOOST_TEST(!all_of<SessionSuperseded>(rebooted).at(0).is_clone_suspected);
}

// Copies of a running machine share its boot_id.
BOOST_AUTO_TEST_CASE(suspects_a_clone_in_two_that_take_the_session_in_turns) {
    static_cast<void>(greet("a"));
    const uint64_t first = session.session();
    static_cast<void>(greet("b", hello("boot", 0), 5s));
    static_cast<void>(session.on_message("b", Message{header(MessageType::ping), Ping{}}, at(6s)));
    const auto actions = greet("c", hello("boot", first), 70s);
    BOOST_TEST(all_of<SessionSuperseded>(actions).at(0).is_clone_suspected);
}

BOOST_AUTO_TEST_CASE(refuses_what_it_cannot_read_but_passes_over_what_is_only_new) {
    static_cast<void>(greet());
    BOOST_TEST(is_empty(session.on_undecodable("a", Error{ErrorCode::unsupported, "type 99"}, at(1s))));
    BOOST_TEST(session.is_established());
    const auto other = session.on_undecodable("b", Error{ErrorCode::malformed, "bad"}, at(1s));
    BOOST_TEST((only_refusal(other).reason == RefuseReason::malformed));
    BOOST_TEST(session.is_established());
    const auto actions = session.on_undecodable("a", Error{ErrorCode::malformed, "bad"}, at(1s));
    BOOST_TEST((only_refusal(actions).reason == RefuseReason::malformed));
    BOOST_TEST(all_of<SessionClosed>(actions).size() == 1u);
}

BOOST_AUTO_TEST_CASE(sends_jobs_only_within_a_session) {
    const JobStart start{.run_id = "r", .fence = 1, .job = "backup", .parameters = {}};
    BOOST_TEST(is_empty(session.start_job(start, at(0s))));
    static_cast<void>(greet());
    const auto starts = messages_of<JobStart>(session.start_job(start, at(1s)));
    BOOST_TEST((starts.at(0).header.type == MessageType::job_start));
    BOOST_TEST(starts.at(0).header.session == session.session());
    BOOST_TEST(messages_of<JobCancel>(session.cancel_job(JobCancel{"r", 1, "asked"}, at(1s))).size() == 1u);
    BOOST_TEST(all_of<ProgressReported>(hear(JobProgress{"r", 1, 2, "files", "x"})).at(0).progress.run_id == "r");
}

BOOST_AUTO_TEST_CASE(ends_a_session_with_its_reason) {
    BOOST_TEST(is_empty(session.close(RefuseReason::revoked, "key revoked", at(0s))));
    static_cast<void>(greet());
    const auto actions = session.close(RefuseReason::overloaded, "too many", at(1s));
    BOOST_TEST(only_refusal(actions).retry_after_ms == 30'000u);
    BOOST_TEST(!session.is_established());
}

BOOST_AUTO_TEST_CASE(forgets_incarnations_of_which_nothing_came) {
    for (uint64_t i = 0; i < 1000; ++i) {
        auto invented = hello();
        invented.streams = {StreamState{Stream::logs, i, 1, 1}};
        static_cast<void>(greet("a", invented));
    }
    const auto cursors = session.durable_cursors();
    BOOST_TEST(cursors.size() == 1u);
    BOOST_TEST(cursors.at(0).last_applied == 4u);
}

BOOST_AUTO_TEST_CASE(a_backlog_begins_without_credit_until_it_is_granted) {
    auto settings = small_windows();
    settings.backlog_entries_max = 2;
    session = ControllerSession(AgentId{"web-1"}, {{Stream::metrics, incarnation + 1, 4, 0}}, settings);
    auto body = hello();
    body.streams[0].next_seq = 3;  // results: 1 and 2 are there, none durable
    body.streams[1].next_seq = 8;  // metrics: 5, 6 and 7, as 4 are durable
    body.streams[2].next_seq = 0;  // logs: nonsense, which must not wrap around
    const auto welcome = std::get<Welcome>(messages_of<Welcome>(greet("a", body)).at(0).body);
    BOOST_TEST(welcome.cursors.at(0).credit_bytes == 500u);
    BOOST_TEST(welcome.cursors.at(1).credit_bytes == 0u);
    BOOST_TEST(welcome.cursors.at(2).credit_bytes == 500u);
    BOOST_TEST((session.replaying() == std::vector<Stream>{Stream::metrics}));
    session.grant(Stream::metrics, 300);
    BOOST_TEST(only_ack().credit_bytes == 300u);
    for (uint64_t seq = 5; seq <= 7; ++seq) {
        BOOST_TEST(batch(seq).size() == 1u);
    }
    durable(6);
    BOOST_TEST((session.replaying() == std::vector<Stream>{Stream::metrics}));
    durable(7);
    BOOST_TEST(session.replaying().empty());
}

BOOST_AUTO_TEST_CASE(speaks_of_keys_in_a_session_of_version_2_only) {
    BOOST_TEST(session.tell_key(KeyChange{}, at(0s)).empty());  // nobody is there
    for (const uint8_t version : {1, 2}) {
        auto older = hello();
        older.version_max = version;
        static_cast<void>(greet("a", older));
        BOOST_TEST(session.version() == version);
        const size_t expected = version == 2 ? 1 : 0;
        BOOST_TEST(messages_of<KeyChange>(session.tell_key(KeyChange{}, at(1s))).size() == expected);
        BOOST_TEST(messages_of<ControllerKey>(session.tell_key(ControllerKey{"key", ""}, at(1s))).size() == expected);
        BOOST_TEST(all_of<KeyReported>(hear(KeyChange{KeyStep::made, "key", ""})).size() == expected);
        BOOST_TEST(all_of<KeyReported>(hear(ControllerKey{"key", ""})).size() == expected);
    }
}

// A host that makes a new outbox for each HELLO: what is remembered of it stays bounded, and what waits for the disk
// too.
BOOST_AUTO_TEST_CASE(outboxes_without_end_are_forgotten_or_refused) {
    const auto greet_anew = [&](uint64_t number) {
        auto body = hello();
        body.streams = {StreamState{Stream::metrics, number, 1, 2}};
        return greet("a", std::move(body));
    };
    const auto send_one = [&](uint64_t number) {
        auto all = header(MessageType::batch, Stream::metrics, 1);
        all.incarnation = number;
        return session.on_batch("a", all, "entry", at(1s));
    };
    for (uint64_t number = 1; number <= 1000; ++number) {
        BOOST_REQUIRE(messages_of<Welcome>(greet_anew(number)).size() == 1u);
        BOOST_REQUIRE(!is_empty(send_one(number)));
        session.on_durable(Stream::metrics, number, 1);
    }
    BOOST_TEST(session.durable_cursors().size() <= 257u);
    // The disk stalls: nothing may be forgotten, so no more is taken.
    uint64_t number = 2000;
    while (messages_of<Welcome>(greet_anew(number)).size() == 1u) {
        static_cast<void>(send_one(number++));
        BOOST_REQUIRE(number < 3000u);
    }
    BOOST_TEST((only_refusal(greet_anew(number)).reason == RefuseReason::overloaded));
    for (uint64_t waiting = 2000; waiting < number; ++waiting) {
        session.on_durable(Stream::metrics, waiting, 1);
    }
    BOOST_TEST(messages_of<Welcome>(greet_anew(number)).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::protocol

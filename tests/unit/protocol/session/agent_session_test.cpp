#include <boost/test/unit_test.hpp>

#include "tests/unit/protocol/session/session_support.hpp"

namespace vigie::protocol {
namespace {

constexpr uint64_t session_number = 77;
constexpr uint64_t incarnation = 1000;  // of results; metrics has 1001, logs 1002
constexpr uint64_t credit = 1000;

StreamState state_of(Stream stream, uint64_t oldest, uint64_t next) {
    return StreamState{stream, incarnation + static_cast<uint64_t>(stream), oldest, next};
}

// An agent whose outbox holds entries 1..9 of metrics and nothing else.
struct Agent {
    AgentSession session{
        Hello{}, {state_of(Stream::results, 1, 1), state_of(Stream::metrics, 1, 10), state_of(Stream::logs, 1, 1)}};

    Message message(Body body, Stream stream = Stream::metrics, uint64_t seq = 0, uint64_t ack = 0,
                    uint64_t credit_bytes = credit) {
        Header header{.version = 1, .type = static_cast<MessageType>(body.index() + 1), .session = session_number};
        header.stream = stream;
        header.incarnation = incarnation + static_cast<uint64_t>(stream);
        header.seq = seq;
        header.ack = ack;
        header.credit_bytes = credit_bytes;
        return Message{header, std::move(body)};
    }
    Message welcome(uint64_t metrics_applied, uint64_t number = session_number) {
        Welcome body{.version = 1,
                     .controller_epoch = 1,
                     .heartbeat_interval_ms = 10'000,
                     .batch_bytes_max = 1000,
                     .cursors = {{Stream::results, incarnation, 0, credit},
                                 {Stream::metrics, incarnation + 1, metrics_applied, credit},
                                 {Stream::logs, incarnation + 2, 0, credit}}};
        auto all = message(std::move(body));
        all.header.session = number;
        return all;
    }
    AgentActions establish(uint64_t metrics_applied = 0) {
        static_cast<void>(session.start(at(0s)));
        static_cast<void>(session.on_connected(at(0s)));
        return session.on_message(welcome(metrics_applied), at(0s));
    }
    AgentActions hear(Body body, Stream stream = Stream::metrics, uint64_t seq = 0, uint64_t ack = 0,
                      uint64_t credit_bytes = credit) {
        return session.on_message(message(std::move(body), stream, seq, ack, credit_bytes), at(1s));
    }
    AgentActions sent(Stream stream, uint64_t from, std::vector<uint32_t> sizes) {
        return session.on_entries_sent(stream, from, sizes, at(1s));
    }
};

SendEntries only_request(const AgentActions& actions) {
    const auto requests = all_of<SendEntries>(actions);
    BOOST_REQUIRE(requests.size() == 1u);
    return requests[0];
}

bool is_empty(const AgentActions& actions) {
    return actions.empty();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(agent_session, Agent)

BOOST_AUTO_TEST_CASE(opens_at_once_and_says_hello_with_its_streams) {
    BOOST_TEST(all_of<Reopen>(session.start(at(0s))).at(0).delay.count() == 0);
    const auto hellos = messages_of<Hello>(session.on_connected(at(0s)));
    BOOST_REQUIRE(hellos.size() == 1u);
    const auto& hello = std::get<Hello>(hellos[0].body);
    BOOST_TEST(hello.streams.size() == 3u);
    BOOST_TEST((hello.streams[1] == state_of(Stream::metrics, 1, 10)));
    BOOST_TEST(hello.previous_session == 0u);
    BOOST_TEST(hellos[0].header.session == 0u);
}

BOOST_AUTO_TEST_CASE(sends_from_behind_the_cursor_within_its_credit) {
    const auto actions = establish(4);
    BOOST_TEST(all_of<SessionEstablished>(actions).at(0).session == session_number);
    BOOST_TEST(all_of<MarkAcked>(actions).at(0).seq == 4u);
    const auto request = only_request(actions);
    BOOST_TEST(request.from_seq == 5u);
    BOOST_TEST(request.bytes_max == credit);
    BOOST_TEST(request.header.session == session_number);
    BOOST_TEST(request.header.incarnation == incarnation + 1);
}

BOOST_AUTO_TEST_CASE(stops_at_its_credit_and_goes_on_with_an_ack) {
    static_cast<void>(establish());
    BOOST_TEST(only_request(sent(Stream::metrics, 1, {600})).bytes_max == 400u);
    BOOST_TEST(is_empty(sent(Stream::metrics, 2, {400})));
    BOOST_TEST(session.bytes_under_way(Stream::metrics) == 1000u);
    const auto actions = hear(Ack{}, Stream::metrics, 0, 1);
    BOOST_TEST(all_of<MarkAcked>(actions).at(0).seq == 1u);
    BOOST_TEST(only_request(actions).from_seq == 3u);
    BOOST_TEST(only_request(actions).bytes_max == 600u);
}

BOOST_AUTO_TEST_CASE(lets_results_overtake_metrics) {
    static_cast<void>(establish());
    // Metrics are being read; results wait for their report, and then come first.
    BOOST_TEST(is_empty(session.on_stream_changed(state_of(Stream::results, 1, 2), at(1s))));
    const auto request = only_request(sent(Stream::metrics, 1, {10}));
    BOOST_TEST((request.header.stream == Stream::results));
    BOOST_TEST(only_request(sent(Stream::results, 1, {10})).from_seq == 2u);  // metrics again
}

BOOST_AUTO_TEST_CASE(does_not_let_a_stream_without_credit_hold_up_another) {
    static_cast<void>(establish());
    static_cast<void>(sent(Stream::metrics, 1, {1000}));
    const auto actions = session.on_stream_changed(state_of(Stream::logs, 1, 2), at(1s));
    BOOST_TEST((only_request(actions).header.stream == Stream::logs));
}

BOOST_AUTO_TEST_CASE(goes_back_to_the_number_the_controller_wants) {
    static_cast<void>(establish());
    static_cast<void>(sent(Stream::metrics, 1, {100, 100, 100, 100, 100, 100, 100, 100, 100}));
    const auto actions = hear(GoBack{}, Stream::metrics, 4, 2);
    BOOST_TEST(all_of<MarkAcked>(actions).at(0).seq == 2u);
    BOOST_TEST(only_request(actions).from_seq == 4u);
    BOOST_TEST(session.bytes_under_way(Stream::metrics) == 100u);  // number 3
}

BOOST_AUTO_TEST_CASE(does_not_count_a_report_from_before_a_go_back) {
    static_cast<void>(establish());
    static_cast<void>(sent(Stream::metrics, 1, {100, 100}));  // asks for 3
    static_cast<void>(hear(GoBack{}, Stream::metrics, 1, 0));
    BOOST_TEST(only_request(sent(Stream::metrics, 3, {100})).from_seq == 1u);
    BOOST_TEST(session.bytes_under_way(Stream::metrics) == 0u);
}

BOOST_AUTO_TEST_CASE(ignores_acks_that_are_stale_foreign_or_of_the_future) {
    static_cast<void>(establish(4));
    static_cast<void>(sent(Stream::metrics, 5, {1000}));
    BOOST_TEST(is_empty(hear(Ack{}, Stream::metrics, 0, 3, 9000)));
    BOOST_TEST(all_of<MarkAcked>(hear(Ack{}, Stream::metrics, 0, 10)).empty());
    auto foreign = message(Ack{}, Stream::metrics, 0, 5);
    foreign.header.incarnation = 5;
    BOOST_TEST(is_empty(session.on_message(foreign, at(1s))));
    foreign = message(Ack{}, Stream::metrics, 0, 5);
    foreign.header.session = 5;
    BOOST_TEST(is_empty(session.on_message(foreign, at(1s))));
}

BOOST_AUTO_TEST_CASE(names_in_a_gap_what_its_outbox_let_go) {
    static_cast<void>(establish());
    static_cast<void>(sent(Stream::metrics, 1, {100}));
    static_cast<void>(session.on_stream_changed(state_of(Stream::metrics, 5, 10), at(1s)));
    const auto actions = sent(Stream::metrics, 2, {});
    const auto gaps = messages_of<Gap>(actions);
    BOOST_REQUIRE(gaps.size() == 1u);
    BOOST_TEST(gaps[0].header.seq == 2u);
    BOOST_TEST((std::get<Gap>(gaps[0].body) == Gap{4, GapReason::outbox_full}));
    BOOST_TEST(only_request(actions).from_seq == 5u);
}

BOOST_AUTO_TEST_CASE(repeats_what_its_window_holds_for_a_controller_restored_from_a_checkpoint) {
    static_cast<void>(establish(8));
    static_cast<void>(session.on_stream_changed(state_of(Stream::metrics, 5, 10), at(1s)));
    static_cast<void>(session.on_disconnected(at(2s), "gone"));
    static_cast<void>(session.on_connected(at(3s)));
    const auto actions = session.on_message(welcome(2), at(3s));
    BOOST_TEST(all_of<MarkAcked>(actions).at(0).seq == 2u);
    const auto gaps = messages_of<Gap>(actions);
    BOOST_REQUIRE(gaps.size() == 1u);
    BOOST_TEST(gaps[0].header.seq == 3u);
    BOOST_TEST((std::get<Gap>(gaps[0].body) == Gap{4, GapReason::trimmed}));
    BOOST_TEST(only_request(actions).from_seq == 5u);
}

BOOST_AUTO_TEST_CASE(takes_a_new_incarnation_when_its_numbers_were_used_before) {
    const auto actions = establish(10);  // its own next number
    BOOST_TEST((all_of<RenewIncarnation>(actions).at(0).incarnation == incarnation + 1));
    BOOST_TEST(all_of<SendEntries>(actions).empty());
    const auto greeting = session.on_stream_changed(StreamState{Stream::metrics, 5, 1, 10}, at(1s));
    const auto hellos = messages_of<Hello>(greeting);
    BOOST_REQUIRE(hellos.size() == 1u);
    BOOST_TEST(std::get<Hello>(hellos[0].body).streams.at(1).incarnation == 5u);
    BOOST_TEST(std::get<Hello>(hellos[0].body).previous_session == session_number);
    // The controller knows nothing of the new incarnation: everything from 1 on goes out, and no gap is told.
    auto again = welcome(0, session_number + 1);
    std::get<Welcome>(again.body).cursors[1] = StreamCursor{Stream::metrics, 5, 0, credit};
    const auto actions_after = session.on_message(again, at(1s));
    BOOST_TEST(messages_of<Gap>(actions_after).empty());
    BOOST_TEST(only_request(actions_after).from_seq == 1u);
    BOOST_TEST(only_request(actions_after).header.incarnation == 5u);
}

// A controller that saw in the generations that the host was set back names a cursor past any number, so that entries
// which were numbered after HELLO left can't hide it.
BOOST_AUTO_TEST_CASE(takes_a_new_incarnation_although_it_numbered_on_since_hello) {
    session.set_generations({{Stream::metrics, incarnation + 1, 1, 77}});
    static_cast<void>(session.start(at(0s)));
    const auto hellos = messages_of<Hello>(session.on_connected(at(0s)));
    BOOST_REQUIRE(hellos.size() == 1u);
    BOOST_TEST((std::get<Hello>(hellos[0].body).generations ==
                std::vector<Generation>{{Stream::metrics, incarnation + 1, 1, 77}}));
    static_cast<void>(session.on_stream_changed(state_of(Stream::metrics, 1, 5000), at(0s)));
    const auto actions = session.on_message(welcome(seq_max), at(0s));
    BOOST_TEST((all_of<RenewIncarnation>(actions).at(0).incarnation == incarnation + 1));
    BOOST_TEST(all_of<SendEntries>(actions).empty());
}

BOOST_AUTO_TEST_CASE(greets_once_when_several_streams_took_new_incarnations) {
    static_cast<void>(session.start(at(0s)));
    static_cast<void>(session.on_connected(at(0s)));
    auto cursors = welcome(10);
    std::get<Welcome>(cursors.body).cursors[2].last_applied = 1;
    BOOST_TEST(all_of<RenewIncarnation>(session.on_message(cursors, at(0s))).size() == 2u);
    BOOST_TEST(is_empty(session.on_stream_changed(StreamState{Stream::metrics, 5, 1, 10}, at(1s))));
    const auto hellos = messages_of<Hello>(session.on_stream_changed(StreamState{Stream::logs, 6, 1, 1}, at(1s)));
    BOOST_REQUIRE(hellos.size() == 1u);
    BOOST_TEST(std::get<Hello>(hellos[0].body).streams.at(1).incarnation == 5u);
    BOOST_TEST(std::get<Hello>(hellos[0].body).streams.at(2).incarnation == 6u);
}

// Entries that are appended while the outbox can't renew must not make the used numbers look like fresh ones.
BOOST_AUTO_TEST_CASE(insists_on_a_new_incarnation_until_it_has_one) {
    static_cast<void>(establish(10));
    static_cast<void>(session.on_stream_changed(state_of(Stream::metrics, 1, 10), at(1s)));  // renewing failed
    BOOST_TEST(all_of<RenewIncarnation>(session.on_tick(at(1s))).size() == 1u);
    static_cast<void>(session.on_stream_changed(state_of(Stream::metrics, 1, 15), at(2s)));
    static_cast<void>(session.on_disconnected(at(2s), "gone"));
    static_cast<void>(session.on_connected(at(3s)));
    const auto actions = session.on_message(welcome(10), at(3s));
    BOOST_TEST(all_of<RenewIncarnation>(actions).size() == 1u);
    BOOST_TEST(all_of<SendEntries>(actions).empty());
    BOOST_TEST(all_of<MarkAcked>(actions).empty());
}

BOOST_AUTO_TEST_CASE(sends_again_what_nobody_acked_in_time) {
    static_cast<void>(establish());
    static_cast<void>(sent(Stream::metrics, 1, {500, 500}));  // at 1 s
    static_cast<void>(hear(Ping{}));
    for (int second = 2; second < 31; ++second) {
        static_cast<void>(session.on_message(message(Pong{}), at(seconds(second))));
        BOOST_TEST(all_of<SendEntries>(session.on_tick(at(seconds(second)))).empty());
    }
    BOOST_TEST(only_request(session.on_tick(at(31s))).from_seq == 1u);
}

BOOST_AUTO_TEST_CASE(pauses_a_stream_when_the_socket_is_full) {
    static_cast<void>(establish());
    BOOST_TEST(is_empty(sent(Stream::metrics, 1, {})));
    BOOST_TEST(only_request(session.on_writable(at(1s))).from_seq == 1u);
    BOOST_TEST(is_empty(sent(Stream::metrics, 1, {})));
    BOOST_TEST(only_request(session.on_tick(at(2s))).from_seq == 1u);
}

BOOST_AUTO_TEST_CASE(pings_each_interval_and_answers_pings) {
    static_cast<void>(establish());
    BOOST_TEST(messages_of<Ping>(session.on_tick(at(9999ms))).empty());
    BOOST_TEST(messages_of<Ping>(session.on_tick(at(10s))).size() == 1u);
    BOOST_TEST(messages_of<Ping>(session.on_tick(at(11s))).empty());
    const auto pongs = messages_of<Pong>(session.on_message(message(Ping{42}), at(12s)));
    BOOST_REQUIRE(pongs.size() == 1u);
    BOOST_TEST((std::get<Pong>(pongs[0].body) == Pong{42, 12'000}));
}

BOOST_AUTO_TEST_CASE(says_goodbye_with_a_ping_and_tells_of_its_answer) {
    BOOST_TEST(is_empty(session.leave(Leaving::agent_stops, at(0s))));  // to nobody
    static_cast<void>(establish());
    const auto pings = messages_of<Ping>(session.leave(Leaving::host_stops, at(2s)));
    BOOST_REQUIRE(pings.size() == 1u);
    BOOST_TEST((std::get<Ping>(pings[0].body) == Ping{2'000, Leaving::host_stops}));
    const auto told = all_of<PongTold>(session.on_message(message(Pong{2'000, 2'001}), at(3s)));
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST((told[0].pong == Pong{2'000, 2'001}));
}

BOOST_AUTO_TEST_CASE(pings_with_new_entries_when_a_ping_is_due_soon) {
    static_cast<void>(establish());
    const auto pings_at = [this](seconds now, uint64_t next) {
        return messages_of<Ping>(session.on_stream_changed(state_of(Stream::metrics, 1, next), at(now))).size();
    };
    BOOST_TEST(pings_at(7s, 11) == 0u);
    BOOST_TEST(pings_at(8s, 12) == 1u);  // four fifths of 10 s
    BOOST_TEST(pings_at(9s, 13) == 0u);
    BOOST_TEST(messages_of<Ping>(session.on_tick(at(17s))).empty());
    BOOST_TEST(messages_of<Ping>(session.on_tick(at(18s))).size() == 1u);
}

BOOST_AUTO_TEST_CASE(names_when_it_has_something_to_do_next) {
    const auto due = [this] {
        const auto when = session.tick_due();
        return when ? std::chrono::duration_cast<milliseconds>(*when - at(0s).mono).count() : -1;
    };
    BOOST_TEST(due() == -1);  // closed: the next opening is an input
    static_cast<void>(session.on_connected(at(0s)));
    BOOST_TEST(due() == 30'000);  // the patience with a HELLO
    static_cast<void>(session.on_message(welcome(0), at(2s)));
    BOOST_TEST(due() == 12'000);  // a ping, one heartbeat of 10 s later
    static_cast<void>(session.on_tick(at(13s)));
    static_cast<void>(session.on_tick(at(23s)));
    BOOST_TEST(due() == 32'000);  // silence since 2 s for three heartbeats; the next ping would be at 33 s
}

BOOST_AUTO_TEST_CASE(names_when_a_full_socket_or_a_missing_ack_is_due) {
    static_cast<void>(establish());  // at 0 s
    const auto due = [this] { return *session.tick_due() - at(0s).mono; };
    static_cast<void>(session.on_entries_sent(Stream::metrics, 1, {}, at(4s)));
    BOOST_TEST((due() == 5s));  // paused: tried again a second later
    static_cast<void>(session.on_stream_changed(state_of(Stream::metrics, 1, 11), at(4900ms)));
    BOOST_TEST((due() == 5s));  // and not put off by entries that are appended meanwhile
    BOOST_TEST(only_request(session.on_tick(at(5s))).from_seq == 1u);
    static_cast<void>(session.on_entries_sent(Stream::metrics, 1, {}, at(5s)));
    BOOST_TEST((due() == 6s));
    static_cast<void>(session.on_writable(at(5s)));
    static_cast<void>(sent(Stream::metrics, 1, {500, 500}));  // at 1 s
    BOOST_TEST((due() == 10s));                               // the ping
    for (int second = 10; second < 31; second += 10) {
        static_cast<void>(session.on_message(message(Pong{}), at(seconds(second))));
        static_cast<void>(session.on_tick(at(seconds(second))));
    }
    BOOST_TEST((due() == 31s));  // an ack within 30 s
}

BOOST_AUTO_TEST_CASE(names_when_a_new_incarnation_is_asked_for_again_however_often_entries_come) {
    static_cast<void>(establish(10));  // at 0 s
    static_cast<void>(session.on_stream_changed(state_of(Stream::metrics, 1, 11), at(900ms)));
    BOOST_TEST((*session.tick_due() == at(1s).mono));
    BOOST_TEST(all_of<RenewIncarnation>(session.on_tick(at(1s))).size() == 1u);
    static_cast<void>(session.on_stream_changed(state_of(Stream::metrics, 1, 12), at(1900ms)));
    BOOST_TEST((*session.tick_due() == at(2s).mono));
}

BOOST_AUTO_TEST_CASE(reopens_after_three_silent_intervals) {
    static_cast<void>(establish());
    static_cast<void>(session.on_message(message(Pong{}), at(5s)));
    BOOST_TEST(all_of<Reopen>(session.on_tick(at(34'999ms))).empty());
    const auto reopens = all_of<Reopen>(session.on_tick(at(35s)));
    BOOST_REQUIRE(reopens.size() == 1u);
    BOOST_TEST((session.state() == AgentSession::State::closed));
}

// The limit is how long the trouble has lasted, 1 to 60 s, of which the random number takes half.
BOOST_AUTO_TEST_CASE(backs_off_with_full_jitter_for_as_long_as_the_trouble_lasts) {
    const std::vector<std::pair<seconds, int>> expected{{1s, 500},     {1s, 500},     {2s, 500},     {4s, 1500},
                                                        {21s, 10'000}, {61s, 30'000}, {601s, 30'000}};
    for (const auto& [when, expected_ms] : expected) {
        static_cast<void>(session.on_connected(at(when)));
        const auto reopens = all_of<Reopen>(session.on_disconnected(at(when), "refused"));
        BOOST_TEST(reopens.at(0).delay.count() == expected_ms);
    }
    BOOST_TEST(session.on_disconnected(at(1s), "again").empty());  // it is closed already
    static_cast<void>(session.on_connected(at(0s)));
    const auto none = all_of<Reopen>(session.on_disconnected(at(1s, 0), "refused"));
    BOOST_TEST(none.at(0).delay.count() == 0);
}

BOOST_AUTO_TEST_CASE(forgets_its_failures_when_a_session_lasts) {
    for (const auto when : {-60s, -30s, 0s}) {
        static_cast<void>(session.on_connected(at(when)));
        static_cast<void>(session.on_disconnected(at(when), "refused"));
    }
    static_cast<void>(establish());
    static_cast<void>(session.on_tick(at(10s)));
    BOOST_TEST(all_of<Reopen>(session.on_disconnected(at(11s), "gone")).at(0).delay.count() == 500);
}

// Entries of each second take the pings with them, so that at rest no tick but the one that forgets is due.
BOOST_AUTO_TEST_CASE(forgets_its_failures_when_a_session_lasts_in_which_each_ping_goes_with_entries) {
    static_cast<void>(session.on_connected(at(-60s)));
    static_cast<void>(session.on_disconnected(at(-60s), "refused"));
    static_cast<void>(establish(9));  // all that there is
    for (int second = 1; second <= 60; ++second) {
        const auto now = at(seconds(second));
        if (*session.tick_due() <= now.mono) {
            static_cast<void>(session.on_tick(now));
        }
        const auto seq = static_cast<uint64_t>(9 + second);
        static_cast<void>(session.on_stream_changed(state_of(Stream::metrics, 1, seq + 1), now));
        static_cast<void>(session.on_entries_sent(Stream::metrics, seq, {10}, now));
        static_cast<void>(session.on_message(message(Ack{}, Stream::metrics, 0, seq), now));
    }
    BOOST_TEST(session.bytes_under_way(Stream::metrics) == 0u);
    BOOST_TEST(all_of<Reopen>(session.on_disconnected(at(60s), "gone")).at(0).delay.count() == 500);  // half of 1 s
}

BOOST_AUTO_TEST_CASE(gives_up_a_hello_that_nobody_answers) {
    static_cast<void>(session.on_connected(at(0s)));
    BOOST_TEST(session.on_tick(at(29s)).empty());
    BOOST_TEST(all_of<Reopen>(session.on_tick(at(30s))).size() == 1u);
}

BOOST_AUTO_TEST_CASE(greets_again_on_the_same_socket_when_a_restarted_controller_forgot_it) {
    static_cast<void>(establish());
    const auto actions = session.on_message(message(Refuse{RefuseReason::unknown_session, "", 0}), at(20s));
    const auto hellos = messages_of<Hello>(actions);
    BOOST_REQUIRE(hellos.size() == 1u);
    BOOST_TEST(std::get<Hello>(hellos[0].body).previous_session == session_number);
    // The session was too short to be forgotten by a restart: no greeting without a pause.
    static_cast<void>(session.on_message(welcome(0, 78), at(21s)));
    auto refusal = message(Refuse{RefuseReason::unknown_session, "", 0});
    refusal.header.session = 78;
    BOOST_TEST(all_of<Reopen>(session.on_message(refusal, at(22s))).size() == 1u);
}

BOOST_AUTO_TEST_CASE(waits_as_long_as_a_refusal_asks_but_an_hour_at_most) {
    static_cast<void>(establish());
    const auto actions = session.on_message(message(Refuse{RefuseReason::superseded, "", 60'000}), at(20s));
    BOOST_TEST((all_of<SessionRefused>(actions).at(0).refuse.reason == RefuseReason::superseded));
    BOOST_TEST(all_of<Reopen>(actions).at(0).delay.count() == 60'500);
    static_cast<void>(session.on_connected(at(90s)));
    auto refusal = message(Refuse{RefuseReason::revoked, "", UINT32_MAX});
    refusal.header.session = 0;
    BOOST_TEST(all_of<Reopen>(session.on_message(refusal, at(91s))).at(0).delay.count() ==
               3'630'000);  // and half of a minute, as the trouble has lasted for longer
}

BOOST_AUTO_TEST_CASE(leaves_a_controller_that_chose_a_version_it_does_not_speak) {
    static_cast<void>(session.on_connected(at(0s)));
    auto message = welcome(0);
    std::get<Welcome>(message.body).version = 9;
    BOOST_TEST(all_of<Reopen>(session.on_message(message, at(0s))).size() == 1u);
    BOOST_TEST((session.state() == AgentSession::State::closed));
}

BOOST_AUTO_TEST_CASE(tells_a_new_identity_at_once_within_a_session_and_else_with_its_next_hello) {
    Hello identity;
    identity.jobs = {"clean"};
    BOOST_TEST(is_empty(session.set_identity(identity, at(0s))));
    establish();
    BOOST_TEST((session.state() == AgentSession::State::established));
    identity.jobs = {"clean", "scan"};
    const auto hellos = messages_of<Hello>(session.set_identity(identity, at(1s)));
    BOOST_REQUIRE(hellos.size() == 1u);
    BOOST_TEST(std::get<Hello>(hellos[0].body).jobs == identity.jobs, boost::test_tools::per_element());
    BOOST_TEST(std::get<Hello>(hellos[0].body).previous_session == session_number);
    // What was under way under the old session goes out again under the new one.
    BOOST_TEST(only_request(session.on_message(welcome(3, session_number + 1), at(1s))).from_seq == 4u);
}

BOOST_AUTO_TEST_CASE(hands_on_jobs_and_reports_their_progress_only_within_a_session) {
    BOOST_TEST(is_empty(hear(JobStart{.run_id = "r", .fence = 1, .job = "backup", .parameters = {}})));
    BOOST_TEST(is_empty(session.report_progress(JobProgress{}, at(0s))));
    static_cast<void>(establish());
    const auto starts = all_of<StartJob>(hear(JobStart{.run_id = "r", .fence = 1, .job = "backup", .parameters = {}}));
    BOOST_TEST(starts.at(0).start.job == "backup");
    BOOST_TEST(all_of<CancelJob>(hear(JobCancel{.run_id = "r", .fence = 1, .reason = ""})).size() == 1u);
    BOOST_TEST(messages_of<JobProgress>(session.report_progress(JobProgress{}, at(0s))).size() == 1u);
}

BOOST_AUTO_TEST_CASE(ignores_what_only_agents_say) {
    static_cast<void>(establish());
    BOOST_TEST(is_empty(hear(Hello{})));
    BOOST_TEST(is_empty(hear(Gap{})));
    BOOST_TEST(is_empty(hear(Enrol{})));
    BOOST_TEST(is_empty(session.on_message(welcome(9), at(1s))));  // a second WELCOME
}

BOOST_AUTO_TEST_CASE(speaks_of_keys_in_a_session_of_version_2_only) {
    for (const uint8_t version : {1, 2}) {
        Agent agent;
        static_cast<void>(agent.session.on_connected(at(0s)));
        BOOST_TEST(agent.session.tell_key(KeyChange{KeyStep::made, "key", ""}, at(0s)).empty());  // greeting
        auto welcome = agent.welcome(0);
        std::get<Welcome>(welcome.body).version = version;
        static_cast<void>(agent.session.on_message(welcome, at(0s)));
        const size_t expected = version == 2 ? 1 : 0;
        BOOST_TEST(all_of<KeyTold>(agent.hear(KeyChange{KeyStep::make, "", ""})).size() == expected);
        BOOST_TEST(all_of<KeyTold>(agent.hear(ControllerKey{"key", ""})).size() == expected);
        const auto said = messages_of<KeyChange>(agent.session.tell_key(KeyChange{KeyStep::made, "key", ""}, at(1s)));
        BOOST_TEST(said.size() == expected);
        if (version == 2) {
            BOOST_TEST(
                (said[0].header == Header{.version = 2, .type = MessageType::key_change, .session = session_number}));
        }
    }
}

BOOST_AUTO_TEST_CASE(reconnects_after_a_short_pause_however_long_the_trouble_was) {
    static_cast<void>(session.start(at(0s)));
    static_cast<void>(session.on_connected(at(0s)));
    static_cast<void>(session.on_disconnected(at(1s), "trouble"));
    static_cast<void>(session.on_connected(at(50s)));
    static_cast<void>(session.on_message(welcome(0), at(50s)));
    const auto reopen = all_of<Reopen>(session.reconnect(at(51s), "another key"));
    BOOST_REQUIRE(reopen.size() == 1u);
    BOOST_TEST((reopen[0].delay == 500ms));  // half of the first limit
    BOOST_TEST(reopen[0].why == "another key");
    BOOST_TEST(session.reconnect(at(51s), "again").empty());  // it is on its way
    static_cast<void>(session.on_connected(at(52s)));
    BOOST_TEST((session.state() == AgentSession::State::greeting));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::protocol

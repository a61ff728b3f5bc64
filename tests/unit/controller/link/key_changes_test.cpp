// What is told to hosts and to the ZAP thread's table, without sockets: agents of both versions by hand.
#include "controller/link/key_changes.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"
#include "protocol/transport/keys.hpp"
#include "tests/support/manual_clock.hpp"

using namespace vigie;
using namespace vigie::controller;
using protocol::KeyChange;
using protocol::KeyStep;

namespace {
struct World : BatchSink, CursorSource, LinkObserver, Outlet {
    MemoryStore store;
    tests::ManualClock clock;
    DirectCommitter commits{store};
    std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
    protocol::KeyTable table;
    Hub hub{{}, *this, *this, *this, *this};
    std::unique_ptr<KeyChanges> keys;
    const AgentId web{"web-1"};
    std::string first = protocol::make_key_pair().public_key;
    std::string second = protocol::make_key_pair().public_key;
    std::string controller = protocol::make_key_pair().public_key;
    std::string controller_next = protocol::make_key_pair().public_key;
    std::vector<protocol::Message> told;
    std::vector<std::string> events;
    std::vector<int> cuts;
    uint64_t dice = 0;

    World() {
        BOOST_REQUIRE(mailbox->open().has_value());
        StoreBatch batch;
        batch.put(Family::agents, web.value,
                  encode(AgentRecord{.agent = web, .public_key = first, .enrolled_at = clock.wall()}));
        BOOST_REQUIRE(store.commit(batch).has_value());
        open();
    }
    // As a controller that starts.
    void open() {
        keys = std::make_unique<KeyChanges>(store, commits, mailbox, table, hub, *this, clock);
        BOOST_REQUIRE(keys->load().has_value());
        hub.set_key_listener(*keys);
        keys->announce(controller, "");
    }
    void settle() {
        do {
            commits.run_pending();
            for (const auto& command : mailbox->take()) {
                command();
            }
        } while (commits.queued() > 0);
    }
    void say(const std::string& key, const std::string& connection, const protocol::Message& message) {
        deliver(key, connection, message);
        settle();
    }
    // Without what follows of it.
    void deliver(const std::string& key, const std::string& connection, const protocol::Message& message) {
        protocol::Received received;
        received.routing_id = connection;
        received.user_id = web.value;
        received.key = key;
        received.connection = {.fd = static_cast<int>(connection.size()), .peer_port = 1};
        const auto frames = protocol::encode_frames(message);
        received.frames = {.header = frames.header, .body = frames.body};
        hub.on_received(std::move(received), {.mono = clock.mono(), .wall = clock.wall(), .random = ++dice});
    }
    uint64_t greet(const std::string& key, uint8_t version = 2, const std::string& connection = "a") {
        protocol::Hello hello;
        hello.version_max = version;
        told.clear();
        say(key, connection, {.header = {}, .body = hello});
        const auto welcome = std::find_if(told.begin(), told.end(), [](const auto& message) {
            return std::holds_alternative<protocol::Welcome>(message.body);  // a session before it may be refused first
        });
        BOOST_REQUIRE((welcome != told.end()));
        return welcome->header.session;
    }
    void answer(uint64_t session, protocol::Body body, const std::string& key, const std::string& connection = "a") {
        say(key, connection, in(session, std::move(body)));
    }
    static protocol::Message in(uint64_t session, protocol::Body body) {
        protocol::Header header;
        header.session = session;
        return {.header = header, .body = std::move(body)};
    }
    void ask_in_store() {
        StoreBatch batch;
        BOOST_REQUIRE(ask_rotation(store, web, clock.wall(), batch).has_value());
        BOOST_REQUIRE(store.commit(batch).has_value());
    }
    void ask() {
        ask_in_store();
        keys->rotation_asked(web);
    }
    std::vector<std::string> revoke_in_store() {
        StoreBatch batch;
        const auto revoked = revoke_agent(store, web, clock.wall(), batch);
        BOOST_REQUIRE(revoked.has_value());
        BOOST_REQUIRE(store.commit(batch).has_value());
        return revoked->keys;
    }
    void wait_for_a_turn() {
        clock.advance(2s);
        keys->on_tick();
        settle();
    }
    template <typename T>
    std::vector<T> all_told() const {
        std::vector<T> found;
        for (const auto& message : told) {
            if (const auto* one = std::get_if<T>(&message.body)) {
                found.push_back(*one);
            }
        }
        return found;
    }
    std::vector<KeyStep> steps() const {
        std::vector<KeyStep> found;
        for (const auto& change : all_told<KeyChange>()) {
            found.push_back(change.step);
        }
        return found;
    }
    AgentRecord record() { return list_agents(store).value().at(0); }

    bool offer(const AgentId&, protocol::Stream, uint64_t, uint64_t, const std::string&) override { return true; }
    bool offer_gap(const AgentId&, protocol::Stream, uint64_t, uint64_t, uint64_t, protocol::GapReason) override {
        return true;
    }
    Result<std::vector<protocol::StreamCursor>> cursors_of(const AgentId&) override {
        return std::vector<protocol::StreamCursor>{};
    }
    void heard(const AgentId&, MonoTime) override {}
    void connected(const AgentId&, const HelloFacts&) override {}
    void disconnected(const AgentId&, const std::string&) override {}
    void superseded(const AgentId&, bool) override {}
    void progressed(const AgentId&, const protocol::JobProgress&) override {}
    void enrolled(const AgentId&) override {}
    void key_event(const AgentId&, const KeyEvent& event) override { events.push_back(event.kind); }
    protocol::Sent send(const protocol::ConnectionId&, const protocol::Frames& frames) override {
        told.push_back(protocol::decode_frames(frames.header, frames.body).value());
        return protocol::Sent::taken;
    }
    void cut(const protocol::Connection& connection) override { cuts.push_back(connection.fd); }
};
const std::vector<KeyStep> make{KeyStep::make};
const std::vector<KeyStep> accepted{KeyStep::accepted};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(key_changes, World)

BOOST_AUTO_TEST_CASE(a_rotation_from_the_wish_to_the_first_use) {
    const auto session = greet(first);
    told.clear();
    ask();
    BOOST_TEST((steps() == make));
    told.clear();
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    BOOST_TEST((steps() == accepted));
    BOOST_TEST(all_told<KeyChange>().at(0).public_key == second);
    BOOST_TEST((table.find(first) == web));
    BOOST_TEST((table.find(second) == web));
    greet(second, 2, "bb");
    BOOST_TEST(steps().empty());
    BOOST_TEST(!table.find(first).has_value());
    BOOST_TEST((table.former(first) == web));
    BOOST_TEST((table.find(second) == web));
    BOOST_TEST((events == std::vector<std::string>{"key_replaced"}));
    hub.cut_now();
    BOOST_TEST((std::find(cuts.begin(), cuts.end(), 1) != cuts.end()));  // the connection of the old key
    BOOST_TEST(record().public_key == second);
}

BOOST_AUTO_TEST_CASE(each_session_asks_again_until_it_is_done) {
    ask();
    open();  // the controller died and starts again
    auto session = greet(first);
    BOOST_TEST((steps() == make));
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    open();
    session = greet(first);  // the answer was lost: the host comes with its old key, and offers the same again
    told.clear();
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    BOOST_TEST((steps() == accepted));
    open();
    greet(second, 2, "bb");
    BOOST_TEST(record().public_key == second);
    BOOST_TEST(!table.find(first).has_value());
}

BOOST_AUTO_TEST_CASE(a_host_of_version_1_is_told_nothing_of_keys) {
    const auto session = greet(first, 1);
    ask();
    keys->announce(controller, controller_next);
    BOOST_TEST(told.size() == 1u);  // WELCOME
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    BOOST_TEST(told.size() == 1u);
    BOOST_TEST(record().next_key == "");
    protocol::Received received;  // and its types are unknown there, whatever stands in them
    received.routing_id = "a";
    received.user_id = web.value;
    received.key = first;
    const protocol::Header header{.version = 1, .type = protocol::MessageType::key_change, .session = session};
    received.frames = {.header = protocol::encode_header(header), .body = "\x91\x05"};
    hub.on_received(std::move(received), {.mono = clock.mono(), .wall = clock.wall(), .random = ++dice});
    BOOST_TEST(told.size() == 1u);
    BOOST_TEST(hub.malformed() == 2u);  // passed over, and counted
}

BOOST_AUTO_TEST_CASE(what_could_not_be_stored_is_not_acknowledged) {
    const auto session = greet(first);
    ask();
    told.clear();
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    BOOST_TEST(told.empty());
    BOOST_TEST(!table.find(second).has_value());
    store.fail_commits_with.reset();
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    wait_for_a_turn();
    BOOST_TEST((steps() == accepted));
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    greet(second, 2, "bb");
    BOOST_TEST((table.find(first) == web));  // the old one is let in until its end is stored
    store.fail_commits_with.reset();
    greet(second, 2, "c");
    BOOST_TEST(!table.find(first).has_value());
}

BOOST_AUTO_TEST_CASE(a_refusal_is_said_and_one_of_the_host_becomes_an_event) {
    const auto session = greet(first);
    told.clear();
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    BOOST_REQUIRE(all_told<KeyChange>().size() == 1u);
    BOOST_TEST((all_told<KeyChange>()[0] == KeyChange{KeyStep::refused, second, "nobody asked for another key"}));
    answer(session, KeyChange{KeyStep::refused, "", "nobody has asked"}, first);
    BOOST_TEST(events.empty());
    for (int i = 0; i < 2; ++i) {
        ask();
        for (int again = 0; again < 3; ++again) {  // of which one is news
            answer(session, KeyChange{KeyStep::refused, "", "no room on the disk"}, first);
        }
    }
    BOOST_TEST((events == std::vector<std::string>{"key_not_replaced", "key_not_replaced"}));
}

BOOST_AUTO_TEST_CASE(a_revoked_hosts_new_key_is_not_let_in) {
    const auto session = greet(first);
    ask();
    // Its offer is decided behind the revocation's commit, and told before the revocation is.
    deliver(first, "a", in(session, KeyChange{KeyStep::made, second, ""}));
    const auto revoked = revoke_in_store();
    settle();
    keys->revoked(web, revoked);
    BOOST_TEST(!table.find(first).has_value());
    BOOST_TEST(!table.find(second).has_value());
    BOOST_TEST((table.former(first) == web));
    BOOST_TEST(hub.sessions() == 0u);
    keys->former_key_offered(web, first, "10.0.0.9");
    keys->enrolled(web, second);
    BOOST_TEST((table.find(second) == web));
    keys->former_key_offered(web, first, "10.0.0.9");  // beside the host itself: a copy
    BOOST_TEST((events == std::vector<std::string>{"revoked_key", "old_key"}));
}

// An offer that was stored just before the revocation: its key is barred with the other, whoever hears of it first.
BOOST_AUTO_TEST_CASE(a_key_that_was_accepted_before_the_revocation_is_barred_with_the_other) {
    const auto session = greet(first);
    ask();
    deliver(first, "a", in(session, KeyChange{KeyStep::made, second, ""}));
    commits.run_pending();
    const auto revoked = revoke_in_store();
    settle();
    keys->revoked(web, revoked);
    BOOST_TEST(!table.find(second).has_value());
    BOOST_TEST((table.former(second) == web));
}

// The notice of an enrolment may overtake that of the revocation before it.
BOOST_AUTO_TEST_CASE(a_late_notice_of_a_revocation_leaves_the_host_that_was_enrolled_anew) {
    for (const bool is_late : {false, true}) {
        greet(first, 2, "a");
        const auto revoked = revoke_in_store();
        StoreBatch batch;
        batch.put(Family::agents, web.value,
                  encode(AgentRecord{.agent = web, .public_key = second, .enrolled_at = clock.wall()}));
        BOOST_REQUIRE(store.commit(batch).has_value());
        if (!is_late) {
            keys->revoked(web, revoked);
        }
        keys->enrolled(web, second);
        BOOST_TEST(hub.sessions() == 0u);  // that of the old key
        greet(second, 2, "bb");
        if (is_late) {
            keys->revoked(web, revoked);
        }
        BOOST_TEST((table.find(second) == web));
        BOOST_TEST((table.former(first) == web));
        BOOST_TEST(!table.find(first).has_value());
        BOOST_TEST(hub.sessions() == 1u);
        told.clear();
        ask();
        BOOST_TEST((steps() == make));  // it is known still
        std::swap(first, second);
        second = protocol::make_key_pair().public_key;
    }
}

BOOST_AUTO_TEST_CASE(a_host_that_goes_on_offering_keys_has_one_commit_under_way_and_pauses) {
    const auto session = greet(first);
    std::vector<std::string> offered;
    for (int i = 0; i < 20; ++i) {
        offered.push_back(protocol::make_key_pair().public_key);
        deliver(first, "a", in(session, KeyChange{KeyStep::made, offered.back(), ""}));
        deliver(first, "a", in(session, protocol::ControllerKey{controller, offered.back()}));
    }
    BOOST_TEST(commits.queued() == 2u);
    settle();
    deliver(first, "a", in(session, KeyChange{KeyStep::made, offered[7], ""}));
    deliver(first, "a", in(session, protocol::ControllerKey{controller, offered[7]}));
    BOOST_TEST(commits.queued() == 0u);
    BOOST_TEST(record().controller_next == offered[0]);
    told.clear();
    wait_for_a_turn();
    BOOST_TEST(record().controller_next == offered[7]);  // the newest is not lost
    BOOST_TEST(all_told<KeyChange>().at(0).public_key == offered[7]);
    clock.advance(10s);
    keys->on_tick();
    BOOST_TEST(commits.queued() == 0u);
}

BOOST_AUTO_TEST_CASE(a_full_queue_delays_a_hosts_word_and_does_not_lose_it) {
    const auto session = greet(first);
    ask();
    for (size_t i = 0; i < CommitterLimits{}.queue_items_max; ++i) {
        commits.submit([](StoreBatch&) {}, [](const Result<void>&) {});
    }
    deliver(first, "a", in(session, KeyChange{KeyStep::made, second, ""}));
    BOOST_TEST(commits.queued() == CommitterLimits{}.queue_items_max);
    settle();
    BOOST_TEST(record().next_key == "");
    wait_for_a_turn();
    BOOST_TEST(record().next_key == second);
}

BOOST_AUTO_TEST_CASE(a_repeated_wish_completes_a_rotation_whose_end_could_not_be_stored) {
    const auto session = greet(first);
    ask();
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    const auto used = greet(second, 2, "bb");
    store.fail_commits_with.reset();
    told.clear();
    ask();
    answer(used, KeyChange{KeyStep::made, controller_next, ""}, second, "bb");  // as an agent does that is asked
    settle();
    BOOST_TEST(steps().empty());
    BOOST_TEST(record().public_key == second);
    BOOST_TEST((table.find(second) == web));
    BOOST_TEST(!table.find(first).has_value());
}

BOOST_AUTO_TEST_CASE(a_copys_session_ends_with_the_key_that_it_was_made_with) {
    const auto session = greet(first);
    ask();
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    deliver(second, "bb", {.header = {}, .body = protocol::Hello{}});
    deliver(first, "ccc", {.header = {}, .body = protocol::Hello{}});  // drives the host out before the end is stored
    BOOST_TEST(hub.sessions() == 1u);
    settle();
    BOOST_TEST(record().public_key == second);
    BOOST_TEST(hub.sessions() == 0u);
    hub.cut_now();
    BOOST_TEST((std::find(cuts.begin(), cuts.end(), 3) != cuts.end()));
}

BOOST_AUTO_TEST_CASE(a_wish_that_is_told_after_its_end_is_asked_once_and_no_more) {
    const auto session = greet(first);
    ask();
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    auto used = greet(second, 2, "bb");
    keys->rotation_asked(web);
    answer(used, KeyChange{KeyStep::made, controller_next, ""}, second, "bb");
    BOOST_TEST((steps().back() == KeyStep::refused));
    used = greet(second, 2, "bb");
    BOOST_TEST(steps().empty());
}

// Enrolling removes it from the host.
BOOST_AUTO_TEST_CASE(a_host_that_enrols_again_is_not_thought_to_know_the_controllers_next_key) {
    auto session = greet(first);
    answer(session, protocol::ControllerKey{controller, controller_next}, first);
    StoreBatch batch;
    BOOST_REQUIRE(note_controller_key(store, web, "", batch).has_value());  // as the enrolment does
    BOOST_REQUIRE(store.commit(batch).has_value());
    keys->enrolled(web, first);
    clock.advance(10s);
    answer(session, protocol::ControllerKey{controller, controller_next}, first);
    BOOST_TEST(record().controller_next == controller_next);
}

BOOST_AUTO_TEST_CASE(a_repeated_enrolment_takes_no_accepted_key_away) {
    const auto session = greet(first);
    ask();
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    keys->enrolled(web, first);
    BOOST_TEST((table.find(second) == web));
}

BOOST_AUTO_TEST_CASE(the_controllers_keys_are_told_and_what_hosts_keep_is_stored_once) {
    const auto session = greet(first);
    BOOST_REQUIRE(all_told<protocol::ControllerKey>().size() == 1u);
    BOOST_TEST((all_told<protocol::ControllerKey>()[0] == protocol::ControllerKey{controller, ""}));
    told.clear();
    keys->announce(controller, controller_next);
    BOOST_TEST((all_told<protocol::ControllerKey>().at(0) == protocol::ControllerKey{controller, controller_next}));
    answer(session, protocol::ControllerKey{controller, controller_next}, first);
    BOOST_TEST(record().controller_next == controller_next);
    answer(session, protocol::ControllerKey{controller, "line\nfeed"}, first);
    BOOST_TEST(record().controller_next == controller_next);
    store.fail_commits_with = Error{ErrorCode::no_space, "nothing is written when nothing is new"};
    answer(session, protocol::ControllerKey{controller, controller_next}, first);
    BOOST_TEST(commits.queued() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

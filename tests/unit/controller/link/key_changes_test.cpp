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
        protocol::Received received;
        received.routing_id = connection;
        received.user_id = web.value;
        received.key = key;
        received.connection = {.fd = static_cast<int>(connection.size()), .peer_port = 1};
        const auto frames = protocol::encode_frames(message);
        received.frames = {.header = frames.header, .body = frames.body};
        hub.on_received(std::move(received), {.mono = clock.mono(), .wall = clock.wall(), .random = ++dice});
        settle();
    }
    uint64_t greet(const std::string& key, uint8_t version = 2, const std::string& connection = "a") {
        protocol::Hello hello;
        hello.version_max = version;
        told.clear();
        say(key, connection, {.header = {}, .body = hello});
        BOOST_REQUIRE(!told.empty());
        return told.front().header.session;
    }
    void answer(uint64_t session, protocol::Body body, const std::string& key) {
        protocol::Header header;
        header.session = session;
        say(key, "a", {.header = header, .body = std::move(body)});
    }
    void ask() {
        StoreBatch batch;
        BOOST_REQUIRE(ask_rotation(store, web, clock.wall(), batch).has_value());
        BOOST_REQUIRE(store.commit(batch).has_value());
        keys->rotation_asked(web);
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
    session = greet(first);  // the answer was lost: the host comes with its old key
    BOOST_TEST((steps() == make));
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
    answer(session, KeyChange{KeyStep::refused, "", "no room on the disk"}, first);
    BOOST_TEST((events == std::vector<std::string>{"key_not_replaced"}));
}

BOOST_AUTO_TEST_CASE(a_revoked_hosts_new_key_is_not_let_in) {
    const auto session = greet(first);
    ask();
    StoreBatch batch;
    BOOST_REQUIRE(revoke_agent(store, web, clock.wall(), batch).has_value());
    BOOST_REQUIRE(store.commit(batch).has_value());
    keys->revoked(web);
    answer(session, KeyChange{KeyStep::made, second, ""}, first);
    BOOST_TEST(!table.find(first).has_value());
    BOOST_TEST(!table.find(second).has_value());
    BOOST_TEST((table.former(first) == web));
    keys->former_key_offered(web, first, "10.0.0.9");
    keys->enrolled(web, second);
    BOOST_TEST((table.find(second) == web));
    keys->former_key_offered(web, first, "10.0.0.9");  // beside the host itself: a copy
    BOOST_TEST((events == std::vector<std::string>{"revoked_key", "old_key"}));
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

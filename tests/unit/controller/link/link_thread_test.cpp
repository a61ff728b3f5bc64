// The link thread with real sockets on loopback, and agents that speak the protocol by hand.
#include "controller/link/link_thread.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <mutex>

#include "controller/link/host_keys.hpp"
#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"
#include "protocol/transport/agent_socket.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/wait_until.hpp"

using namespace vigie;
using namespace vigie::controller;
using protocol::MessageType;
using protocol::Stream;
using tests::wait_until;

namespace {
// Takes entries while it is open, and remembers them for the test's thread.
class Sink final : public BatchSink {
  public:
    struct Entry {
        AgentId agent;
        Stream stream;
        uint64_t incarnation;
        uint64_t seq;
        std::string bytes;
    };
    bool offer(const AgentId& agent, Stream stream, uint64_t incarnation, uint64_t seq,
               const std::string& bytes) override {
        const std::lock_guard lock(guard_);
        if (is_full_) {
            return false;
        }
        entries_.push_back({agent, stream, incarnation, seq, bytes});
        return true;
    }
    bool offer_gap(const AgentId& agent, Stream stream, uint64_t incarnation, uint64_t, uint64_t last_seq,
                   protocol::GapReason) override {
        return offer(agent, stream, incarnation, last_seq, "gap");
    }
    void set_full(bool is_full) {
        const std::lock_guard lock(guard_);
        is_full_ = is_full;
    }
    std::vector<Entry> entries() const {
        const std::lock_guard lock(guard_);
        return entries_;
    }

  private:
    mutable std::mutex guard_;
    std::vector<Entry> entries_;
    bool is_full_ = false;
};

class Diary final : public LinkObserver {
  public:
    void heard(const AgentId& agent, MonoTime) override { write("heard " + agent.value); }
    void connected(const AgentId& agent, const HelloFacts& facts) override {
        write("connected " + agent.value + " " + facts.agent_version + " from " + facts.address);
    }
    void disconnected(const AgentId& agent, const std::string&) override { write("disconnected " + agent.value); }
    void superseded(const AgentId& agent, bool) override { write("superseded " + agent.value); }
    void progressed(const AgentId& agent, const protocol::JobProgress& progress) override {
        write("progress " + agent.value + " " + progress.run_id);
    }
    void enrolled(const AgentId& agent) override { write("enrolled " + agent.value); }
    void key_event(const AgentId& agent, const KeyEvent& event) override {
        write("key event " + agent.value + " " + event.kind);
    }
    bool has(const std::string& line) const {
        const std::lock_guard lock(guard_);
        return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
    }

  private:
    void write(std::string line) {
        const std::lock_guard lock(guard_);
        lines_.push_back(std::move(line));
    }
    mutable std::mutex guard_;
    std::vector<std::string> lines_;
};

struct Fleet {
    MemoryStore store;
    SystemClock clock;
    SystemRandom random;
    Committer committer{store};
    Sink sink;
    Diary diary;
    StoreCursors cursors{store};
    protocol::KeyPair controller_keys = protocol::make_key_pair();
    protocol::Context context = protocol::Context::open(1).value();
    EnrolmentNote note;
    std::unique_ptr<LinkThread> link;

    void start() {
        LinkThreadOptions options;
        options.listen = "tcp://127.0.0.1:0";
        options.enrol_listen = "tcp://127.0.0.1:0";
        options.keys = controller_keys;
        options.tick = 20ms;
        options.note_enrolment = note;
        link = LinkThread::open(options, store, committer, sink, cursors, diary, clock, random).value();
        link->start();
    }
    void admit(const std::string& host, const protocol::KeyPair& keys) {
        StoreBatch batch;
        batch.put(Family::agents, host,
                  encode(AgentRecord{
                      .agent = AgentId{host}, .public_key = keys.public_key, .enrolled_at = {}, .revoked_at = {}}));
        BOOST_REQUIRE(store.commit(batch).has_value());
    }
    std::unique_ptr<protocol::AgentSocket> connect(const protocol::KeyPair& keys) {
        return protocol::AgentSocket::open(
                   context, {.endpoint = link->endpoint(), .server_key = controller_keys.public_key}, keys)
            .value();
    }
    protocol::Enrolled enrol(const protocol::KeyPair& keys, const std::string& token, const std::string& host);
};

protocol::JobStart backup_run(const std::string& run_id) {
    protocol::JobStart start;
    start.run_id = run_id;
    start.fence = 1;
    start.job = "backup";
    return start;
}

// An agent that speaks by hand.
struct Agent {
    std::unique_ptr<protocol::AgentSocket> socket;
    uint64_t session = 0;
    uint64_t incarnation = 0;
    uint64_t acked = 0;

    bool say(protocol::Header header, protocol::Body body) {
        header.session = session;
        const auto frames = protocol::encode_frames({.header = header, .body = std::move(body)});
        return wait_until([&] { return socket->send(frames.header, frames.body); });
    }
    std::optional<protocol::Message> hear(MessageType type) {
        std::optional<protocol::Message> found;
        wait_until([&] {
            while (const auto frames = socket->receive()) {
                auto message = protocol::decode_frames(frames->header, frames->body);
                BOOST_REQUIRE(message.has_value());
                if (message->header.type == MessageType::ack) {
                    acked = std::max(acked, message->header.ack);
                }
                if (message->header.type == type) {
                    found = std::move(*message);
                    return true;
                }
            }
            return false;
        });
        return found;
    }
    bool greet(const std::string& boot_id = "boot-1") {
        protocol::Hello hello;
        hello.agent_version = "0.1.0";
        hello.boot_id = boot_id;
        hello.streams = {{.stream = Stream::metrics, .incarnation = incarnation, .oldest_seq = 1, .next_seq = 1}};
        if (!say({}, hello)) {
            return false;
        }
        const auto welcome = hear(MessageType::welcome);
        session = welcome ? welcome->header.session : 0;
        return welcome.has_value();
    }
    bool send_batch(uint64_t seq) {
        protocol::Header header;
        header.stream = Stream::metrics;
        header.incarnation = incarnation;
        header.seq = seq;
        return say(header, protocol::Batch{protocol::SampleBatch{.sampled_at_unix_ms = 1, .schema = "", .values = {}}});
    }
};

protocol::Enrolled Fleet::enrol(const protocol::KeyPair& keys, const std::string& token, const std::string& host) {
    Agent agent;
    agent.socket = protocol::AgentSocket::open(
                       context, {.endpoint = link->enrol_endpoint(), .server_key = controller_keys.public_key}, keys)
                       .value();
    agent.say({}, protocol::Enrol{.token = token, .host = host, .public_key = keys.public_key});
    const auto answer = agent.hear(MessageType::enrolled);
    BOOST_REQUIRE(answer.has_value());
    return std::get<protocol::Enrolled>(answer->body);
}
}  // namespace

BOOST_FIXTURE_TEST_SUITE(link_thread, Fleet)

BOOST_AUTO_TEST_CASE(twenty_agents_get_their_batches_acknowledged_once_durable) {
    constexpr size_t agents_count = 20;
    constexpr uint64_t batches = 25;
    std::vector<protocol::KeyPair> keys;
    std::vector<Agent> agents(agents_count);
    for (size_t i = 0; i < agents_count; ++i) {
        keys.push_back(protocol::make_key_pair());
        admit(fmt::format("web-{}", i), keys.back());
    }
    start();
    for (size_t i = 0; i < agents_count; ++i) {
        agents[i].socket = connect(keys[i]);
        agents[i].incarnation = 100 + i;
        BOOST_REQUIRE(agents[i].greet());
    }
    for (uint64_t seq = 1; seq <= batches; ++seq) {
        for (auto& agent : agents) {
            BOOST_REQUIRE(agent.send_batch(seq));
        }
    }
    BOOST_REQUIRE(wait_until([&] { return sink.entries().size() == agents_count * batches; }));
    for (const auto& agent : agents) {
        BOOST_TEST(agent.acked == 0u);  // taken is not durable
    }
    std::map<std::string, uint64_t> last;
    for (const auto& entry : sink.entries()) {
        BOOST_TEST(entry.seq == ++last[entry.agent.value]);
        BOOST_TEST(entry.incarnation == 100 + std::stoul(entry.agent.value.substr(4)));
        link->durable(entry.agent, entry.stream, entry.incarnation, entry.seq);
    }
    for (auto& agent : agents) {
        BOOST_TEST(wait_until([&] {
            const auto heard = agent.hear(MessageType::ack);
            return agent.acked == batches;
        }));
    }
    BOOST_TEST(diary.has("connected web-7 0.1.0 from 127.0.0.1"));
    BOOST_TEST(diary.has("heard web-19"));
}

BOOST_AUTO_TEST_CASE(a_session_goes_on_behind_what_is_durable) {
    const auto own_keys = protocol::make_key_pair();
    admit("web-1", own_keys);
    StoreBatch batch;
    batch.put(Family::cursor, keys::cursor(AgentId{"web-1"}, static_cast<uint8_t>(Stream::metrics), 5),
              keys::KeyWriter().u64(41).i64(0).take());
    BOOST_REQUIRE(store.commit(batch).has_value());
    start();
    Agent agent{.socket = connect(own_keys), .incarnation = 5};
    BOOST_REQUIRE(agent.greet());
    BOOST_REQUIRE(agent.send_batch(41));
    BOOST_REQUIRE(agent.send_batch(42));
    BOOST_REQUIRE(wait_until([&] { return !sink.entries().empty(); }));
    BOOST_TEST(sink.entries()[0].seq == 42u);
    BOOST_TEST(sink.entries().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_full_sink_loses_nothing_and_stops_no_heartbeat) {
    const auto keys = protocol::make_key_pair();
    admit("web-1", keys);
    start();
    sink.set_full(true);
    Agent agent{.socket = connect(keys), .incarnation = 5};
    BOOST_REQUIRE(agent.greet());
    for (uint64_t seq = 1; seq <= 10; ++seq) {
        BOOST_REQUIRE(agent.send_batch(seq));
    }
    BOOST_REQUIRE(agent.say({}, protocol::Ping{.sent_at_unix_ms = 1}));
    BOOST_TEST(agent.hear(MessageType::pong).has_value());
    BOOST_TEST(sink.entries().empty());
    sink.set_full(false);
    BOOST_REQUIRE(wait_until([&] { return sink.entries().size() == 10; }));
    for (uint64_t seq = 1; seq <= 10; ++seq) {
        BOOST_TEST(sink.entries()[seq - 1].seq == seq);
    }
}

BOOST_AUTO_TEST_CASE(a_failed_commit_makes_the_agent_send_again) {
    const auto keys = protocol::make_key_pair();
    admit("web-1", keys);
    start();
    Agent agent{.socket = connect(keys), .incarnation = 5};
    BOOST_REQUIRE(agent.greet());
    BOOST_REQUIRE(agent.send_batch(1));
    BOOST_REQUIRE(wait_until([&] { return sink.entries().size() == 1; }));
    link->apply_failed(AgentId{"web-1"}, Stream::metrics, 5);
    const auto back = agent.hear(MessageType::go_back);
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST(back->header.ack == 0u);
    BOOST_REQUIRE(agent.send_batch(1));
    BOOST_TEST(wait_until([&] { return sink.entries().size() == 2; }));
}

BOOST_AUTO_TEST_CASE(jobs_reach_their_agent_and_progress_comes_back) {
    const auto keys = protocol::make_key_pair();
    admit("web-1", keys);
    start();
    Agent agent{.socket = connect(keys), .incarnation = 5};
    BOOST_REQUIRE(agent.greet());
    link->start_job(AgentId{"web-1"}, backup_run("r1"), std::nullopt);
    link->start_job(AgentId{"nobody"}, backup_run("r2"), std::nullopt);
    const auto started = agent.hear(MessageType::job_start);
    BOOST_REQUIRE(started.has_value());
    BOOST_TEST(std::get<protocol::JobStart>(started->body).job == "backup");
    link->cancel_job(AgentId{"web-1"}, {.run_id = "r1", .fence = 2, .reason = "test"});
    BOOST_TEST(agent.hear(MessageType::job_cancel).has_value());
    BOOST_REQUIRE(
        agent.say({}, protocol::JobProgress{.run_id = "r1", .done = 1, .total = 2, .unit = "files", .doing = "/etc"}));
    BOOST_TEST(wait_until([&] { return diary.has("progress web-1 r1"); }));
}

BOOST_AUTO_TEST_CASE(a_second_session_of_one_key_cuts_the_first) {
    const auto keys = protocol::make_key_pair();
    admit("web-1", keys);
    start();
    Agent first{.socket = connect(keys), .incarnation = 5};
    BOOST_REQUIRE(first.greet("boot-1"));
    Agent second{.socket = connect(keys), .incarnation = 6};
    BOOST_REQUIRE(second.greet("boot-2"));
    BOOST_TEST(wait_until([&] { return diary.has("superseded web-1"); }));
    BOOST_TEST(wait_until([&] {
        const auto event = first.socket->next_event();
        return event && event->kind == protocol::SocketEvent::Kind::disconnected;
    }));
    BOOST_REQUIRE(second.send_batch(1));
    BOOST_TEST(wait_until([&] { return sink.entries().size() == 1; }));
}

BOOST_AUTO_TEST_CASE(garbage_cuts_its_sender_and_nobody_else) {
    const auto keys = protocol::make_key_pair();
    const auto bad_keys = protocol::make_key_pair();
    admit("web-1", keys);
    admit("bad-1", bad_keys);
    start();
    Agent good{.socket = connect(keys), .incarnation = 5};
    BOOST_REQUIRE(good.greet());
    const auto bad = connect(bad_keys);
    tests::SeededRandom noise{3};
    bool is_cut = false;
    BOOST_TEST(wait_until([&] {
        bad->send(noise.hex(8), noise.hex(20));
        const auto event = bad->next_event();
        is_cut = is_cut || (event && event->kind == protocol::SocketEvent::Kind::disconnected);
        return is_cut;
    }));
    BOOST_REQUIRE(good.send_batch(1));
    BOOST_TEST(wait_until([&] { return sink.entries().size() == 1; }));
    BOOST_TEST(wait_until([&] { return link->counts().malformed_messages >= 16; }));
}

BOOST_AUTO_TEST_CASE(enrolment_lets_the_key_in_at_once_and_revocation_out) {
    start();
    const auto made = create_token({}, clock.wall(), random).value();
    BOOST_REQUIRE(store.commit(made.batch).has_value());
    const auto keys = protocol::make_key_pair();
    const auto answer = enrol(keys, made.token.reveal(), "web-1");
    BOOST_TEST(answer.is_accepted, answer.message);
    BOOST_TEST(answer.endpoint == link->endpoint());
    BOOST_TEST(diary.has("enrolled web-1"));
    BOOST_TEST(enrol(keys, made.token.reveal(), "web-1").is_accepted);
    const auto others = enrol(protocol::make_key_pair(), made.token.reveal(), "web-2");
    BOOST_TEST(others.message == "the token was used already");

    Agent agent{.socket = connect(keys), .incarnation = 5};
    BOOST_REQUIRE(agent.greet());
    StoreBatch revocation;
    BOOST_REQUIRE(revoke_agent(store, AgentId{"web-1"}, clock.wall(), revocation).has_value());
    BOOST_REQUIRE(store.commit(revocation).has_value());
    link->revoke(AgentId{"web-1"}, {keys.public_key});
    BOOST_TEST(wait_until([&] {
        const auto event = agent.socket->next_event();
        return event && event->kind == protocol::SocketEvent::Kind::disconnected;
    }));
    const auto again = connect(keys);
    BOOST_TEST(wait_until([&] {
        const auto event = again->next_event();
        return event && event->kind == protocol::SocketEvent::Kind::refused;
    }));
}

BOOST_AUTO_TEST_CASE(decisions_are_noted_and_what_cannot_be_noted_enrols_nobody) {
    std::atomic<bool> is_failing = true;
    std::atomic<int> noted = 0;
    note = [&](const EnrolmentRequest& wish, const std::string& address, const protocol::Enrolled& answer,
               StoreBatch& batch) -> Result<void> {
        if (is_failing) {
            return fail(ErrorCode::io, "injected");
        }
        ++noted;
        batch.put(Family::audit, fmt::format("{} {} {}", wish.enrol.host, address, answer.is_accepted), "");
        return {};
    };
    auto made = create_token({}, clock.wall(), random).value();
    BOOST_REQUIRE(store.commit(made.batch).has_value());
    start();
    const auto keys = protocol::make_key_pair();
    BOOST_TEST(!enrol(keys, made.token.reveal(), "web-1").is_accepted);
    BOOST_TEST(load_keys(store).value().let_in.empty());
    is_failing = false;
    BOOST_TEST(!enrol(keys, "wrong", "web-1").is_accepted);
    BOOST_TEST(enrol(keys, made.token.reveal(), "web-1").is_accepted);
    BOOST_TEST(store.get(Family::audit, "web-1 127.0.0.1 false").value().has_value());
    BOOST_TEST(store.get(Family::audit, "web-1 127.0.0.1 true").value().has_value());
    BOOST_TEST(noted == 2);
    BOOST_TEST(enrol(keys, made.token.reveal(), "web-1").is_accepted);
    BOOST_TEST(noted == 2);  // it was let in already: as often as it likes, and nothing has happened
}

BOOST_AUTO_TEST_CASE(what_comes_of_a_revoked_key_is_dropped_and_its_offer_told) {
    start();
    const auto keys = protocol::make_key_pair();
    admit("web-1", keys);
    link.reset();
    start();
    Agent agent{.socket = connect(keys), .incarnation = 5};
    BOOST_REQUIRE(agent.greet());
    link->revoke(AgentId{"web-1"}, {keys.public_key});
    BOOST_TEST(wait_until([&] { return diary.has("disconnected web-1"); }));
    for (uint64_t seq = 1; seq <= 5 && agent.send_batch(seq); ++seq) {
    }
    BOOST_TEST(wait_until([&] {
        const auto again = connect(keys);
        return diary.has("key event web-1 revoked_key");
    }));
    BOOST_TEST(sink.entries().empty());
}

BOOST_AUTO_TEST_CASE(other_keys_are_used_on_both_ports_and_all_hosts_come_back) {
    const auto keys = protocol::make_key_pair();
    admit("web-1", keys);
    start();
    const auto endpoint = link->endpoint();
    Agent agent{.socket = connect(keys), .incarnation = 5};
    BOOST_REQUIRE(agent.greet());
    const auto fresh = protocol::make_key_pair();
    std::atomic<int> outcome{0};
    link->use_keys(fresh, [&](const Result<void>& used) { outcome = used ? 1 : 2; });
    BOOST_TEST(wait_until([&] { return outcome != 0; }));
    BOOST_TEST(outcome == 1);
    BOOST_TEST(wait_until([&] {
        const auto event = agent.socket->next_event();
        return event && event->kind == protocol::SocketEvent::Kind::disconnected;
    }));
    BOOST_TEST(diary.has("disconnected web-1"));
    BOOST_TEST(link->endpoint() == endpoint);
    controller_keys = fresh;
    Agent back{.socket = connect(keys), .incarnation = 5};
    BOOST_TEST(back.greet());
    const auto made = create_token({}, clock.wall(), random).value();
    BOOST_REQUIRE(store.commit(made.batch).has_value());
    BOOST_TEST(enrol(protocol::make_key_pair(), made.token.reveal(), "web-2").is_accepted);
}

BOOST_AUTO_TEST_CASE(the_enrolment_port_reads_only_enrol) {
    start();
    Agent agent;
    agent.socket = protocol::AgentSocket::open(
                       context, {.endpoint = link->enrol_endpoint(), .server_key = controller_keys.public_key},
                       protocol::make_key_pair())
                       .value();
    BOOST_REQUIRE(agent.say({}, protocol::Hello{}));
    BOOST_TEST(wait_until([&] {
        const auto event = agent.socket->next_event();
        return event && event->kind == protocol::SocketEvent::Kind::disconnected;
    }));
    BOOST_TEST(sink.entries().empty());
}

BOOST_AUTO_TEST_CASE(wrong_tokens_from_one_address_are_limited) {
    start();
    const auto keys = protocol::make_key_pair();
    for (int i = 0; i < 10; ++i) {
        BOOST_TEST(enrol(keys, "wrong", "web-1").message == "no such token");
    }
    BOOST_TEST(enrol(keys, "wrong", "web-1").message.starts_with("too many refused attempts"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_said_to_who_enrols_and_the_token_stays_good) {
    start();
    const auto made = create_token({}, clock.wall(), random).value();
    BOOST_REQUIRE(store.commit(made.batch).has_value());
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    const auto keys = protocol::make_key_pair();
    const auto answer = enrol(keys, made.token.reveal(), "web-1");
    BOOST_TEST(!answer.is_accepted);
    BOOST_TEST(answer.message == "the controller cannot store it now; try again later");
    store.fail_commits_with.reset();
    BOOST_TEST(enrol(keys, made.token.reveal(), "web-1").is_accepted);
}

BOOST_AUTO_TEST_CASE(few_descriptors_leave_room_for_agents_too) {
    BOOST_TEST(room_for_agents(65'536) == 64'000u);
    BOOST_TEST(room_for_agents(4'096) == 2'560u);
    BOOST_TEST(room_for_agents(1'024) == 384u);
}

BOOST_AUTO_TEST_SUITE_END()

// A link on its loop, against a ROUTER that the same loop polls: one thread, real sockets.
#include "agent/link/link.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "agent/outbox/agent_state.hpp"
#include "protocol/session/controller_session.hpp"
#include "protocol/transport/router_socket.hpp"
#include "protocol/transport/zap.hpp"
#include "shared/os/fd.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent;
using protocol::Stream;

namespace {
constexpr milliseconds test_limit = 60s;  // a healthy exchange takes well under a second

// The controller's end: a session that calls everything durable at once, until it is told to keep quiet.
class FakeController {
  public:
    FakeController(const protocol::Context& context, const protocol::KeyPair& keys, Clock& clock, Random& random)
        : context_(context), keys_(keys), clock_(clock), random_(random) {}

    void listen(const std::string& endpoint) {
        socket_ =
            protocol::RouterSocket::open(context_, {.endpoint = endpoint, .zap_domain = protocol::agents_domain}, keys_)
                .value();
    }
    bool try_listen(const std::string& endpoint) {
        auto opened = protocol::RouterSocket::open(
            context_, {.endpoint = endpoint, .zap_domain = protocol::agents_domain}, keys_);
        socket_ = opened ? std::move(*opened) : nullptr;
        return socket_ != nullptr;
    }
    void vanish() { socket_.reset(); }
    const std::string& endpoint() const { return socket_->endpoint(); }

    void poll() {
        while (socket_) {
            const auto received = socket_->receive();
            if (!received) {
                break;
            }
            connection = received->routing_id;
            key = received->key;
            const auto header = protocol::decode_header(received->frames.header).value();
            if (header.type == protocol::MessageType::batch) {
                run(session.on_batch(connection, header, received->frames.body, now()));
            } else {
                auto body = protocol::decode_body(header.type, received->frames.body).value();
                if (const auto* ping = std::get_if<protocol::Ping>(&body);
                    ping != nullptr && ping->leaving != protocol::Leaving::staying) {
                    left.push_back(ping->leaving);
                }
                run(session.on_message(connection, {.header = header, .body = std::move(body)}, now()));
            }
            run(session.take_acks(now()));
        }
    }
    void run(protocol::ControllerActions actions) {
        for (auto& action : actions) {
            if (auto* out = std::get_if<protocol::SendTo>(&action)) {
                const auto frames = protocol::encode_frames(out->message);
                socket_->send(out->connection, frames.header, frames.body);
            } else if (auto* entry = std::get_if<protocol::Apply>(&action)) {
                applied[entry->stream].push_back(entry->entry_bytes);
                session.on_durable(entry->stream, entry->incarnation, entry->seq);
            } else if (auto* gap = std::get_if<protocol::ApplyGap>(&action)) {
                gaps.push_back(gap->last_seq);
                session.on_durable(gap->stream, gap->incarnation, gap->last_seq);
            } else if (auto* progress = std::get_if<protocol::ProgressReported>(&action)) {
                progressed.push_back(progress->progress.run_id);
            } else if (auto* told = std::get_if<protocol::KeyReported>(&action)) {
                reported.push_back(told->message);
            }
        }
    }
    void send_garbage() { socket_->send(connection, "not a header", "not a body"); }
    protocol::Moment now() { return {.mono = clock_.mono(), .wall = clock_.wall(), .random = random_.next()}; }

    protocol::ControllerSession session{AgentId{"web-1"}, {}};
    protocol::ConnectionId connection;
    std::map<Stream, std::vector<std::string>> applied;
    std::vector<uint64_t> gaps;
    std::vector<std::string> progressed;
    std::vector<protocol::KeyMessage> reported;
    std::string key;  // of the newest connection
    std::vector<protocol::Leaving> left;

  private:
    const protocol::Context& context_;
    const protocol::KeyPair& keys_;
    Clock& clock_;
    Random& random_;
    std::unique_ptr<protocol::RouterSocket> socket_;
};

// What the link is told of keys, and what it shall say and use.
struct TestKeys final : LinkKeys {
    protocol::KeyPair pair = protocol::make_key_pair();
    std::string controller_key;
    std::function<void()> not_shaken = [] {};
    std::function<bool()> refused = [] { return false; };
    Answer at_start;
    std::function<Answer(const protocol::KeyMessage&)> told = [](const auto&) { return Answer{}; };

    const protocol::KeyPair& own() const override { return pair; }
    const std::string& controller() const override { return controller_key; }
    void on_not_shaken() override { not_shaken(); }
    bool on_refused() override { return refused(); }
    Answer on_established() override { return at_start; }
    Answer on_told(const protocol::KeyMessage& message) override { return told(message); }
};

struct Wire {
    tests::TempFolder folder;
    SystemClock clock;
    SystemRandom random;
    std::unique_ptr<Loop> loop = Loop::open().value();
    protocol::Context context = protocol::Context::open(1).value();
    protocol::KeyTable table;
    std::unique_ptr<protocol::ZapThread> zap = protocol::ZapThread::open(context, table, clock).value();
    protocol::KeyPair controller_keys = protocol::make_key_pair();
    TestKeys keys;
    FakeController controller{context, controller_keys, clock, random};
    std::unique_ptr<AgentState> state;
    std::vector<std::string> started;
    std::vector<std::string> cancelled;
    std::vector<protocol::Pong> pongs;
    int turned_away = 0;
    std::unique_ptr<Link> link;

    Wire() {
        table.put(keys.pair.public_key, AgentId{"web-1"});
        keys.controller_key = controller_keys.public_key;
        controller.listen("tcp://127.0.0.1:0");
        open_state();
    }
    void open_state() {
        state = AgentState::open(folder / "agent.db", {}, random, clock, [](const protocol::RunReport& report) {
                    return protocol::encode_entry(report);
                }).value();
    }
    void make_link(const std::string& endpoint) {
        LinkOptions options;
        options.endpoint = endpoint;
        options.session.backoff_max = 1s;
        options.refused_retry = 100ms;
        options.session.retry_every = 50ms;
        link = std::make_unique<Link>(
            *loop, context, state->outbox(), keys, clock, random, options,
            LinkCallbacks{
                .start_job = [this](const protocol::JobStart& start) { started.push_back(start.run_id); },
                .cancel_job = [this](const protocol::JobCancel& cancel) { cancelled.push_back(cancel.run_id); },
                .pong_told = [this](const protocol::Pong& pong) { pongs.push_back(pong); },
                .turned_away = [this] { ++turned_away; }});
        link->start();
    }
    // Runs the loop until the condition holds; false when the time is over.
    bool run_until(const std::function<bool()>& is_true) {
        bool held = false;
        Timer poll(*loop, [&] {
            controller.poll();
            held = is_true();
            if (held) {
                loop->stop();
            }
        });
        Timer limit(*loop, [&] { loop->stop(); });
        poll.start_every(1ms);
        limit.start_once(test_limit);
        loop->run();
        return held;
    }
    bool run_until_established() {
        return run_until([&] { return link->status().state == protocol::AgentSession::State::established; });
    }
    void append(Stream stream, const std::string& bytes) {
        BOOST_REQUIRE(state->outbox().append(stream, bytes, Durability::relaxed).has_value());
        link->notify_appended(stream);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(link_on_its_loop, Wire)

BOOST_AUTO_TEST_CASE(entries_arrive_in_order_and_are_acknowledged) {
    make_link(controller.endpoint());
    append(Stream::metrics, "before the session");
    BOOST_REQUIRE(run_until_established());
    append(Stream::metrics, "after it");
    append(Stream::results, "a result");
    BOOST_REQUIRE(run_until([&] {
        return state->outbox().unacked_rows(Stream::metrics) == 0 && state->outbox().unacked_rows(Stream::results) == 0;
    }));
    BOOST_TEST(controller.applied[Stream::metrics] == (std::vector<std::string>{"before the session", "after it"}),
               boost::test_tools::per_element());
    BOOST_TEST(controller.applied[Stream::results] == std::vector<std::string>{"a result"},
               boost::test_tools::per_element());
    BOOST_TEST(link->status().last_ack_at.has_value());
    BOOST_TEST(link->status().established_since.has_value());
}

BOOST_AUTO_TEST_CASE(a_backlog_larger_than_the_credit_arrives_whole) {
    constexpr int entries = 600;  // of 20 KiB: 12 MiB, six times the first credit
    make_link(controller.endpoint());
    for (int i = 0; i < entries; ++i) {
        append(Stream::metrics, fmt::format("{:<20480}", i));
    }
    BOOST_REQUIRE(run_until([&] { return state->outbox().unacked_rows(Stream::metrics) == 0; }));
    BOOST_REQUIRE(controller.applied[Stream::metrics].size() == static_cast<size_t>(entries));
    for (int i = 0; i < entries; ++i) {
        BOOST_TEST(std::stoi(controller.applied[Stream::metrics][static_cast<size_t>(i)]) == i);
    }
}

BOOST_AUTO_TEST_CASE(a_controller_that_goes_and_comes_back_on_its_port_loses_and_doubles_nothing) {
    make_link(controller.endpoint());
    BOOST_REQUIRE(run_until_established());
    append(Stream::metrics, "one");
    BOOST_REQUIRE(run_until([&] { return state->outbox().unacked_rows(Stream::metrics) == 0; }));
    const auto endpoint = controller.endpoint();
    controller.vanish();
    append(Stream::metrics, "two");
    BOOST_REQUIRE(run_until([&] { return link->status().state == protocol::AgentSession::State::closed; }));
    BOOST_TEST(!link->status().established_since.has_value());
    BOOST_REQUIRE(run_until([&] { return controller.try_listen(endpoint); }));
    BOOST_REQUIRE(run_until([&] { return state->outbox().unacked_rows(Stream::metrics) == 0; }));
    BOOST_TEST(controller.applied[Stream::metrics] == (std::vector<std::string>{"one", "two"}),
               boost::test_tools::per_element());
    BOOST_TEST(link->status().reconnects >= 1u);
}

// The host's disk goes back to an older image after the controller had applied more.
BOOST_AUTO_TEST_CASE(a_host_set_back_to_an_older_image_delivers_what_it_holds_and_tells_no_gap) {
    make_link(controller.endpoint());
    BOOST_REQUIRE(run_until_established());
    const auto is_delivered = [&] {
        return state->outbox().unacked_rows(Stream::metrics) == 0 && state->outbox().unacked_rows(Stream::logs) == 0;
    };
    append(Stream::metrics, "m1");
    append(Stream::logs, "l1");
    BOOST_REQUIRE(run_until(is_delivered));
    link.reset();
    state.reset();  // closes the file, with all of its write-ahead log in it
    std::filesystem::copy_file(folder / "agent.db", folder / "image.db");
    open_state();
    make_link(controller.endpoint());
    for (const auto* bytes : {"m2", "m3", "m4"}) {
        append(Stream::metrics, bytes);
    }
    append(Stream::logs, "l2");
    BOOST_REQUIRE(run_until(is_delivered));
    link.reset();
    state.reset();
    std::filesystem::rename(folder / "image.db", folder / "agent.db");
    open_state();
    make_link(controller.endpoint());
    append(Stream::metrics, "m2 of the second life");
    append(Stream::metrics, "m3 of the second life");
    BOOST_REQUIRE(run_until([&] { return controller.applied[Stream::metrics].size() >= 6 && is_delivered(); }));
    append(Stream::logs, "l2 of the second life");
    BOOST_REQUIRE(run_until(is_delivered));
    BOOST_TEST(controller.applied[Stream::metrics] ==
                   (std::vector<std::string>{"m1", "m2", "m3", "m4", "m2 of the second life", "m3 of the second life"}),
               boost::test_tools::per_element());
    BOOST_TEST(controller.applied[Stream::logs] == (std::vector<std::string>{"l1", "l2", "l2 of the second life"}),
               boost::test_tools::per_element());
    BOOST_TEST(controller.gaps.empty());
}

BOOST_AUTO_TEST_CASE(a_refused_key_is_tried_again_after_the_long_pause) {
    table.erase(keys.pair.public_key);
    make_link(controller.endpoint());
    BOOST_REQUIRE(run_until([&] { return !link->status().last_trouble.empty(); }));
    BOOST_TEST(link->status().last_trouble.find("does not know this host's key") != std::string::npos,
               link->status().last_trouble);
    BOOST_TEST(turned_away >= 1);
    table.put(keys.pair.public_key, AgentId{"web-1"});
    BOOST_TEST(run_until_established());
}

BOOST_AUTO_TEST_CASE(jobs_come_and_progress_goes) {
    make_link(controller.endpoint());
    BOOST_REQUIRE(run_until_established());
    protocol::JobStart start;
    start.run_id = "r1";
    start.fence = 1;
    start.job = "backup";
    controller.run(controller.session.start_job(start, controller.now()));
    protocol::JobCancel cancel;
    cancel.run_id = "r1";
    controller.run(controller.session.cancel_job(cancel, controller.now()));
    BOOST_REQUIRE(run_until([&] { return !cancelled.empty(); }));
    BOOST_TEST(started == std::vector<std::string>{"r1"}, boost::test_tools::per_element());
    BOOST_TEST(cancelled == std::vector<std::string>{"r1"}, boost::test_tools::per_element());
    protocol::JobProgress progress;
    progress.run_id = "r1";
    link->send_progress(progress);
    BOOST_TEST(run_until([&] { return controller.progressed == std::vector<std::string>{"r1"}; }));
}

BOOST_AUTO_TEST_CASE(a_malformed_message_is_counted_and_the_session_goes_on) {
    make_link(controller.endpoint());
    BOOST_REQUIRE(run_until_established());
    controller.send_garbage();
    BOOST_REQUIRE(run_until([&] { return link->status().malformed_messages == 1; }));
    append(Stream::logs, "still here");
    BOOST_TEST(run_until([&] { return state->outbox().unacked_rows(Stream::logs) == 0; }));
}

BOOST_AUTO_TEST_CASE(a_host_name_is_resolved_on_the_way) {
    const auto port = controller.endpoint().substr(controller.endpoint().rfind(':'));
    make_link("tcp://localhost" + port);
    BOOST_TEST(run_until_established());
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_cannot_be_used_is_named_and_tried_again) {
    make_link("tcp://nowhere");
    BOOST_REQUIRE(run_until([&] { return !link->status().last_trouble.empty(); }));
    BOOST_TEST(link->status().last_trouble.find("tcp://nowhere") != std::string::npos, link->status().last_trouble);
    BOOST_TEST(run_until([&] { return link->status().reconnects >= 2; }));
}

BOOST_AUTO_TEST_CASE(what_is_told_of_keys_is_answered_and_another_key_is_used_at_once) {
    const auto second = protocol::make_key_pair();
    table.put(second.public_key, AgentId{"web-1"});
    std::vector<protocol::KeyStep> told;
    keys.told = [&](const protocol::KeyMessage& message) {
        const auto& change = std::get<protocol::KeyChange>(message);
        told.push_back(change.step);
        LinkKeys::Answer answer;
        if (change.step == protocol::KeyStep::make) {
            answer.say.emplace_back(
                protocol::KeyChange{.step = protocol::KeyStep::made, .public_key = second.public_key, .message = {}});
        } else {
            keys.pair = second;
            answer.reconnect_because = "another key";
        }
        return answer;
    };
    keys.at_start.say.emplace_back(protocol::ControllerKey{"current", ""});
    make_link(controller.endpoint());
    BOOST_REQUIRE(run_until([&] { return controller.reported.size() == 1; }));  // said when the session began
    controller.run(controller.session.tell_key(protocol::KeyChange{}, controller.now()));
    BOOST_REQUIRE(run_until([&] { return controller.reported.size() == 2; }));
    BOOST_TEST(std::get<protocol::KeyChange>(controller.reported[1]).public_key == second.public_key);
    controller.run(controller.session.tell_key(
        protocol::KeyChange{.step = protocol::KeyStep::accepted, .public_key = {}, .message = {}}, controller.now()));
    BOOST_TEST(run_until([&] { return controller.key == second.public_key; }));
    BOOST_TEST(link->status().last_trouble == "another key");
}

BOOST_AUTO_TEST_CASE(a_controller_of_another_key_is_not_spoken_to_until_its_key_is_trusted) {
    int failed = 0;
    keys.controller_key = protocol::make_key_pair().public_key;
    keys.not_shaken = [&] {
        if (++failed == 2) {
            keys.controller_key = controller_keys.public_key;
        }
    };
    make_link(controller.endpoint());
    BOOST_TEST(run_until_established());
    BOOST_TEST(failed == 2);
}

// ZMTP 3.0's greeting (23/ZMTP) of a peer without CURVE: what a controller of no key would answer.
BOOST_AUTO_TEST_CASE(a_peer_that_is_no_controller_changes_nothing_of_what_is_trusted) {
    const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in place{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof place;
    auto* const address = reinterpret_cast<sockaddr*>(&place);
    BOOST_REQUIRE(bind(listener.get(), address, size) == 0 && listen(listener.get(), 8) == 0);
    BOOST_REQUIRE(getsockname(listener.get(), address, &size) == 0);
    std::string greeting(64, '\0');
    greeting.replace(0, 1, "\xff").replace(9, 2, "\x7f\x03").replace(12, 4, "NULL");
    std::vector<Fd> peers;
    int failed = 0;
    keys.not_shaken = [&] { ++failed; };
    make_link(fmt::format("tcp://127.0.0.1:{}", ntohs(place.sin_port)));
    BOOST_TEST(run_until([&] {
        if (Fd peer(accept(listener.get(), nullptr, nullptr)); peer) {
            BOOST_TEST(send(peer.get(), greeting.data(), greeting.size(), MSG_NOSIGNAL) == 64);
            peers.push_back(std::move(peer));
        }
        return link->status().last_trouble == "whoever listens there does not speak as a controller does";
    }));
    BOOST_TEST(failed == 0);
}

BOOST_AUTO_TEST_CASE(a_goodbye_is_heard_before_the_link_may_end) {
    make_link(controller.endpoint());
    BOOST_REQUIRE(run_until_established());
    controller.session.appoint(2, 7);
    bool is_over = false;
    link->leave(protocol::Leaving::host_stops, [&] { is_over = true; });
    BOOST_REQUIRE(run_until([&] { return is_over; }));
    BOOST_TEST((controller.left == std::vector{protocol::Leaving::host_stops}));
    BOOST_REQUIRE(!pongs.empty());
    BOOST_TEST(pongs.back().deputy == 2);
    BOOST_TEST(pongs.back().watch == 7u);
}

BOOST_AUTO_TEST_CASE(nobody_to_say_goodbye_to_keeps_no_agent_from_ending) {
    make_link(controller.endpoint());
    bool is_over = false;
    link->leave(protocol::Leaving::agent_stops, [&] { is_over = true; });
    BOOST_TEST(run_until([&] { return is_over; }));
    BOOST_TEST(controller.left.empty());
}

BOOST_AUTO_TEST_CASE(a_refused_key_makes_way_for_another_at_once) {
    const auto known = keys.pair;
    keys.pair = protocol::make_key_pair();
    keys.refused = [&] {
        keys.pair = known;
        return true;
    };
    make_link(controller.endpoint());
    BOOST_TEST(run_until_established());
    BOOST_TEST(link->status().reconnects == 1u);
}

BOOST_AUTO_TEST_CASE(one_look_at_its_socket_tells_what_waits_and_whether_more_is_taken) {
    const auto socket = protocol::AgentSocket::open(
                            context, {.endpoint = controller.endpoint(), .server_key = keys.controller()}, keys.own())
                            .value();
    BOOST_TEST(!socket->readiness().has_more);
    const auto hello = protocol::encode_frames(
        {.header = {.version = 1, .type = protocol::MessageType::hello}, .body = protocol::Hello{}});
    BOOST_REQUIRE(run_until([&] { return socket->send(hello.header, hello.body); }));
    protocol::AgentSocket::Readiness look;
    BOOST_REQUIRE(run_until([&] { return (look = socket->readiness()).has_more; }));  // the answer
    BOOST_TEST(look.is_writable);
    BOOST_TEST(socket->receive().has_value());
    look = socket->readiness();
    BOOST_TEST(!look.has_more);
    BOOST_TEST(look.is_writable);
    controller.vanish();
    BOOST_TEST(run_until([&] { return !socket->readiness().is_writable; }));
}

BOOST_AUTO_TEST_SUITE_END()

// Against a small server of the test's own, over TCP and a Unix socket.
#include "shared/loop/stream_client.hpp"

#include <netinet/in.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "shared/os/fd.hpp"
#include "tests/support/reserved_port.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;

namespace {

// Takes one connection, reads a line and answers.
class AnsweringServer {
  public:
    AnsweringServer(const SocketAddress& at, std::string answer) : listener_(socket(at.family(), SOCK_STREAM, 0)) {
        BOOST_REQUIRE(bind(listener_.get(), at.raw(), at.size) == 0);
        BOOST_REQUIRE(listen(listener_.get(), 1) == 0);
        thread_ = std::thread([this, answer = std::move(answer)] {
            const Fd peer(accept(listener_.get(), nullptr, nullptr));
            std::array<char, 256> buffer{};
            while (request.find('\n') == std::string::npos) {
                const auto got = read(peer.get(), buffer.data(), buffer.size());
                if (got <= 0) {
                    return;
                }
                request.append(buffer.data(), static_cast<size_t>(got));
            }
            static_cast<void>(send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
        });
    }
    ~AnsweringServer() { join(); }
    void join() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    SocketAddress address() const {
        SocketAddress bound;
        bound.size = sizeof bound.storage;
        getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size);
        return bound;
    }
    std::string request;

  private:
    Fd listener_;
    std::thread thread_;
};

struct Talk {
    std::unique_ptr<Loop> loop = Loop::open().value();
    std::string received;
    Result<void> ended = fail(ErrorCode::cancelled, "not told");
    std::unique_ptr<StreamClient> client;

    void start(const SocketAddress& to) {
        client = std::make_unique<StreamClient>(
            *loop, to, "the server", "hello\n",
            StreamClientCallbacks{.on_bytes = [this](std::string_view bytes) { received += bytes; },
                                  .on_end =
                                      [this](const Result<void>& how) {
                                          ended = how;
                                          client.reset();  // from within its own callback
                                          loop->stop();
                                      }});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stream_client, Talk)

BOOST_AUTO_TEST_CASE(a_request_is_answered_over_tcp_and_a_unix_socket) {
    const tests::TempFolder folder;
    for (const auto& at : {numeric_address("127.0.0.1", 0).value(), unix_address(folder / "socket").value()}) {
        AnsweringServer server(at, "world");
        received.clear();
        start(at.family() == AF_UNIX ? at : server.address());
        loop->run();
        BOOST_TEST(received == "world");
        BOOST_TEST(ended.has_value());
        server.join();
        BOOST_TEST(server.request == "hello\n");
    }
}

BOOST_AUTO_TEST_CASE(what_is_sent_later_comes_behind_the_request) {
    const tests::TempFolder folder;
    const auto at = unix_address(folder / "socket").value();
    AnsweringServer server(at, "world");
    client = std::make_unique<StreamClient>(
        *loop, at, "the server", "hel",
        StreamClientCallbacks{.on_bytes = [this](std::string_view bytes) { received += bytes; },
                              .on_end =
                                  [this](const Result<void>& how) {
                                      ended = how;
                                      loop->stop();
                                  }});
    client->send("lo");  // before there is a connection
    client->send("\n");
    loop->run();
    BOOST_TEST(received == "world");
    BOOST_TEST(ended.has_value());
    server.join();
    BOOST_TEST(server.request == "hello\n");
    client->send("nobody is there any more");
}

BOOST_AUTO_TEST_CASE(a_peer_that_left_is_an_error_and_not_the_end_of_the_process) {
    const tests::TempFolder folder;
    const auto at = unix_address(folder / "socket").value();
    const Fd listener(socket(AF_UNIX, SOCK_STREAM, 0));
    BOOST_REQUIRE(bind(listener.get(), at.raw(), at.size) == 0);
    BOOST_REQUIRE(listen(listener.get(), 1) == 0);
    start(at);
    Fd(accept(listener.get(), nullptr, nullptr)).reset();  // before the request is written
    loop->run();
    BOOST_REQUIRE(!ended);
    BOOST_TEST(ended.error().message.starts_with("send to the server: "));
}

BOOST_AUTO_TEST_CASE(a_peer_that_takes_nothing_ends_the_connection_before_the_queue_grows_without_end) {
    const tests::TempFolder folder;
    const auto at = unix_address(folder / "socket").value();
    const Fd listener(socket(AF_UNIX, SOCK_STREAM, 0));
    BOOST_REQUIRE(bind(listener.get(), at.raw(), at.size) == 0);
    BOOST_REQUIRE(listen(listener.get(), 1) == 0);
    start(at);
    client->send(std::string(stream_waiting_bytes_max, 'x'));  // before there is a connection, behind "hello"
    BOOST_REQUIRE(!ended);
    BOOST_TEST(ended.error().message.starts_with("send to the server: "));
    loop->run();  // until the stop that this end asked for
    ended = {};
    start(at);
    size_t sent_bytes = 0;
    Timer send_more(*loop, [&] {
        if (client) {
            sent_bytes += 1 << 16;
            client->send(std::string(1 << 16, 'x'));
        }
    });
    send_more.start_every(1ms);
    loop->run();
    BOOST_REQUIRE(!ended);
    BOOST_TEST((ended.error().code == ErrorCode::unavailable));
    BOOST_TEST(sent_bytes > stream_waiting_bytes_max);
    BOOST_TEST(sent_bytes < 64 * stream_waiting_bytes_max);  // the kernel takes some: 208 KiB by default
}

BOOST_AUTO_TEST_CASE(nobody_there_is_an_error_that_names_the_peer) {
    const tests::ReservedPort port;
    const tests::TempFolder folder;
    for (const auto& to :
         {numeric_address("127.0.0.1", port.number()).value(), unix_address(folder / "none").value()}) {
        start(to);
        loop->run();
        BOOST_REQUIRE(!ended);
        BOOST_TEST((ended.error().code == ErrorCode::unavailable));
        BOOST_TEST(ended.error().message.starts_with("connect to the server: "));
    }
}

BOOST_AUTO_TEST_CASE(an_address_that_cannot_be_reached_at_all_is_told_from_the_loop) {
    start(numeric_address("255.255.255.255", 9).value());
    BOOST_TEST(ended.error().message == "not told");
    loop->run();
    BOOST_TEST((ended.error().code == ErrorCode::unavailable));
}

BOOST_AUTO_TEST_CASE(a_client_that_is_destroyed_is_told_nothing) {
    start(numeric_address("255.255.255.255", 9).value());
    client.reset();
    Timer end(*loop, [this] { loop->stop(); });
    end.start_once(1ms);
    loop->run();
    BOOST_TEST(ended.error().message == "not told");
}

BOOST_AUTO_TEST_SUITE_END()

#include "shared/loop/line_server.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;

namespace {

// Sends text to the socket and reads until `lines` newlines or the end have come.
std::string converse(const std::string& path, std::string_view text, int lines) {
    const Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    while (!text.empty()) {
        const auto sent = send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            break;
        }
        text.remove_prefix(static_cast<size_t>(sent));
    }
    std::string answer;
    std::array<char, 4096> buffer{};
    while (std::count(answer.begin(), answer.end(), '\n') < lines) {
        const auto got = read(fd.get(), buffer.data(), buffer.size());
        if (got <= 0) {
            break;
        }
        answer.append(buffer.data(), static_cast<size_t>(got));
    }
    return answer;
}

struct EchoServer {
    tests::TempFolder folder;
    std::unique_ptr<Loop> loop = Loop::open().value();
    unsigned peer_uid = UINT32_MAX;
    std::unique_ptr<LineServer> server =
        LineServer::open(*loop, folder / "socket", 0660,
                         [this](const PeerCredentials& peer, std::string_view line, const LineServer::Reply& reply) {
                             peer_uid = peer.uid;
                             reply("got " + std::string(line));
                         })
            .value();

    std::string ask(std::string_view text, int lines) {
        std::string answer;
        std::thread client([&] {
            answer = converse(folder / "socket", text, lines);
            loop->stop();
        });
        loop->run();
        client.join();
        return answer;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(line_server, EchoServer)

BOOST_AUTO_TEST_CASE(answers_each_line_and_knows_its_peer) {
    BOOST_TEST(ask("one\ntwo\n", 2) == "got one\ngot two\n");
    BOOST_TEST(peer_uid == getuid());
}

BOOST_AUTO_TEST_CASE(a_second_server_on_a_live_path_is_refused) {
    const auto second = LineServer::open(*loop, folder / "socket", 0660, [](auto&&...) {});
    BOOST_REQUIRE(!second.has_value());
    BOOST_TEST((second.error().code == ErrorCode::conflict));
    BOOST_TEST(ask("still here\n", 1) == "got still here\n");
}

BOOST_AUTO_TEST_CASE(the_socket_of_a_dead_server_is_replaced) {
    server.reset();
    BOOST_REQUIRE(SystemFiles().write_atomically(folder / "socket", "left over", 0600).has_value());
    server =
        LineServer::open(*loop, folder / "socket", 0660,
                         [](const PeerCredentials&, std::string_view, const LineServer::Reply& reply) { reply("new"); })
            .value();
    BOOST_TEST(ask("x\n", 1) == "new\n");
}

BOOST_AUTO_TEST_CASE(an_endless_line_is_cut_off) {
    BOOST_TEST(ask(std::string(request_line_bytes_max + 100'000, 'x'), 1).empty());
    BOOST_TEST(ask("after\n", 1) == "got after\n");
}

BOOST_AUTO_TEST_SUITE_END()

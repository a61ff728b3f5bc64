#include "controller/cli/client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "shared/os/fd.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

enum class Answer { hang_up_unread, hang_up_read, pong };

// Listens at a path and deals with one connection after another as it is told.
class Listener {
  public:
    Listener(const std::string& path, std::vector<Answer> answers)
        : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, path.size());
        BOOST_REQUIRE(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        BOOST_REQUIRE(listen(fd_.get(), 8) == 0);
        thread_ = std::thread([this, answers = std::move(answers)] {
            for (const auto answer : answers) {
                serve(Fd(accept(fd_.get(), nullptr, nullptr)), answer);
            }
        });
    }
    ~Listener() { thread_.join(); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

  private:
    static void serve(const Fd& peer, Answer answer) {
        if (answer == Answer::hang_up_unread) {
            return;
        }
        std::array<char, 4096> request{};
        BOOST_REQUIRE(read(peer.get(), request.data(), request.size()) > 0);
        if (answer == Answer::pong) {
            constexpr std::string_view line = "{\"result\":\"pong\"}\n";
            BOOST_REQUIRE(write(peer.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
        }
    }

    Fd fd_;
    std::thread thread_;
};

struct At {
    tests::TempFolder folder;
    std::string socket = folder / "operator.sock";
    Request request;

    At() { request.verb = "ping"; }
    Result<Json> ask() const {
        return ask_controller(socket, request, [](milliseconds) {});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client, At)

BOOST_AUTO_TEST_CASE(who_is_hung_up_on_before_the_request_was_read_asks_again) {
    const Listener listener(socket, {Answer::hang_up_unread, Answer::hang_up_unread, Answer::pong});
    BOOST_TEST(ask().value() == Json("pong"));
}

BOOST_AUTO_TEST_CASE(a_request_that_was_read_is_never_sent_twice) {
    const Listener listener(socket, {Answer::hang_up_read});
    const auto error = ask().error();
    BOOST_TEST((error.code == ErrorCode::unavailable));
    BOOST_TEST(error.message.find("without an answer") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_nobody_listens_it_says_what_to_start) {
    const auto error = ask().error();
    BOOST_TEST((error.code == ErrorCode::unavailable));
    BOOST_TEST(error.message.find("start vigie-controller") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

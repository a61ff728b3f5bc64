// A server on loopback that says what a test tells it, to one peer, and notes what that says.
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "shared/os/fd.hpp"

namespace vigie::tests {

class FakeServer {
  public:
    // Steps in turn: "<text" waits until that was heard, ">text" says it. Then it closes, or, after a last step "…",
    // keeps silent until it is destroyed.
    explicit FakeServer(std::vector<std::string> steps, int type = SOCK_STREAM)
        : steps_(std::move(steps)), listener_(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        socklen_t size = sizeof address;
        BOOST_REQUIRE(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        BOOST_REQUIRE(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        std::array<int, 2> ends{};
        BOOST_REQUIRE(pipe(ends.data()) == 0);
        stop_ = Fd(ends[1]);
        stopped_ = Fd(ends[0]);
        if (type == SOCK_STREAM) {
            BOOST_REQUIRE(listen(listener_.get(), 4) == 0);
            thread_ = std::thread([this] { serve(); });
        } else {
            thread_ = std::thread([this] { serve_datagram(); });
        }
    }
    ~FakeServer() { finish(); }
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    std::string option(std::string_view name = "port") const { return fmt::format("--{}={}", name, port_); }
    // Everything that was heard; ends the server.
    const std::string& heard() {
        finish();
        return heard_;
    }

  private:
    // False when the test is over.
    bool wait_for(int fd) const {
        std::array<pollfd, 2> entries{{{fd, POLLIN, 0}, {stopped_.get(), POLLIN, 0}}};
        return poll(entries.data(), entries.size(), -1) > 0 && entries[0].revents != 0;
    }
    bool hear(int peer, size_t& from, const std::string& text) {
        for (;;) {
            if (const auto at = heard_.find(text, from); at != heard_.npos) {
                from = at + text.size();
                return true;
            }
            std::array<char, 4096> buffer{};
            if (!wait_for(peer)) {
                return false;
            }
            const auto got = recv(peer, buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                return false;
            }
            heard_.append(buffer.data(), static_cast<size_t>(got));
        }
    }
    void serve() {
        if (!wait_for(listener_.get())) {
            return;
        }
        const Fd peer(accept(listener_.get(), nullptr, nullptr));
        size_t from = 0;
        for (const auto& step : steps_) {
            if (step == "…") {
                wait_for(stopped_.get());
            } else if (step[0] == '<' && !hear(peer.get(), from, step.substr(1))) {
                return;
            } else if (step[0] == '>') {
                send(peer.get(), step.data() + 1, step.size() - 1, MSG_NOSIGNAL);
            }
        }
        shutdown(peer.get(), SHUT_WR);
        hear(peer.get(), from, "\x01never\x01");  // until the peer closes, so that nothing is reset
    }
    // Each step is an answer to one question, whose first two bytes it gets.
    void serve_datagram() {
        if (!wait_for(listener_.get())) {
            return;
        }
        std::array<char, 4096> buffer{};
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        const auto got =
            recvfrom(listener_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
        heard_.assign(buffer.data(), got > 0 ? static_cast<size_t>(got) : 0);
        for (const auto& step : steps_) {
            const auto answer = heard_.substr(0, 2) + step;
            sendto(listener_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
        }
    }
    void finish() {
        stop_.reset();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    std::vector<std::string> steps_;
    Fd listener_;
    uint16_t port_ = 0;
    Fd stop_;
    Fd stopped_;
    std::string heard_;
    std::thread thread_;
};

}  // namespace vigie::tests

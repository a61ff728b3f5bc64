// A port at which every connection is refused, for as long as it lives.
#pragma once
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>

namespace vigie::tests {

// A TCP port of loopback that is taken and does not listen: who connects is refused, and nobody else can open it.
class ReservedPort {
  public:
    ReservedPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        socklen_t size = sizeof address;
        BOOST_REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        BOOST_REQUIRE(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    ~ReservedPort() { close(fd_); }
    ReservedPort(const ReservedPort&) = delete;
    ReservedPort& operator=(const ReservedPort&) = delete;
    uint16_t number() const { return port_; }
    std::string endpoint() const { return fmt::format("tcp://127.0.0.1:{}", port_); }

  private:
    int fd_;
    uint16_t port_ = 0;
};

}  // namespace vigie::tests

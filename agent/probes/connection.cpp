// Sockets that don't block, and poll(2) with what is left of the time.
#include "agent/probes/connection.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace vigie::agent {
namespace {

// 0 when it is over.
int milliseconds_until(MonoTime deadline, const Clock& clock) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - clock.mono());
    return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 24 * 3600 * 1000));
}

// Whether one of the events came in time. An error of the socket counts as an event: the next call tells it.
Result<void> wait_for(int fd, short events, MonoTime deadline, const Clock& clock, const std::string& what) {
    for (;;) {
        pollfd entry{.fd = fd, .events = events, .revents = 0};
        const int ready = poll(&entry, 1, milliseconds_until(deadline, clock));
        if (ready > 0) {
            return {};
        }
        if (ready == 0 && milliseconds_until(deadline, clock) == 0) {
            return fail(ErrorCode::timed_out, "{}: timed out", what);
        }
        if (ready < 0 && errno != EINTR) {
            return fail(errno_error(errno, what));
        }
    }
}

Result<Fd> connect_to(const addrinfo& address, MonoTime deadline, const Clock& clock, const std::string& what) {
    Fd made(socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!made) {
        return fail(errno_error(errno, what));
    }
    if (connect(made.get(), address.ai_addr, address.ai_addrlen) == 0) {
        return made;
    }
    if (errno != EINPROGRESS) {
        return fail(errno_error(errno, what));
    }
    VIGIE_CHECK(wait_for(made.get(), POLLOUT, deadline, clock, what));
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(made.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        return fail(errno_error(error, what));
    }
    return made;
}

std::string shown(const addrinfo& address, int64_t port) {
    std::array<char, NI_MAXHOST> host{};
    getnameinfo(address.ai_addr, address.ai_addrlen, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST);
    return address.ai_family == AF_INET6 ? fmt::format("[{}]:{}", host.data(), port)
                                         : fmt::format("{}:{}", host.data(), port);
}

}  // namespace

Result<Connection> Connection::open(const std::string& host, int64_t port, const Clock& clock, MonoTime deadline) {
    return open_any(SOCK_STREAM, host, port, clock, deadline);
}

Result<Connection> Connection::open_udp(const std::string& host, int64_t port, const Clock& clock, MonoTime deadline) {
    return open_any(SOCK_DGRAM, host, port, clock, deadline);
}

Result<Connection> Connection::open_any(int type, const std::string& host, int64_t port, const Clock& clock,
                                        MonoTime deadline) {
    addrinfo hints{};
    hints.ai_socktype = type;
    addrinfo* found = nullptr;
    const auto name = std::to_string(port);
    if (const int status = getaddrinfo(host.c_str(), name.c_str(), &hints, &found); status != 0) {
        return fail(ErrorCode::not_found, "resolve {}: {}", host, gai_strerror(status));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
    int64_t left = 0;
    for (const auto* each = found; each != nullptr; each = each->ai_next) {
        ++left;
    }
    Error last{ErrorCode::not_found, fmt::format("resolve {}: no address", host)};
    for (const auto* each = found; each != nullptr; each = each->ai_next, --left) {
        auto peer = shown(*each, port);
        const auto share = clock.mono() + (deadline - clock.mono()) / left;
        auto made = connect_to(*each, share, clock, "connect to " + peer);
        if (made) {
            return Connection(std::move(*made), std::move(peer), each->ai_family, clock, deadline);
        }
        last = std::move(made.error());
    }
    return fail(std::move(last));
}

Result<void> Connection::wait(short events, std::string_view what) const {
    return wait_for(socket_.get(), events, deadline_, *clock_, fmt::format("{} {}", what, peer_));
}

Result<void> Connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        VIGIE_CHECK(wait(POLLOUT, "send to"));
        const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR && errno != EAGAIN) {
            return fail(errno_error(errno, "send to " + peer_));
        }
        bytes.remove_prefix(sent > 0 ? static_cast<size_t>(sent) : 0);
    }
    return {};
}

Result<std::string> Connection::receive() {
    for (;;) {
        VIGIE_CHECK(wait(POLLIN, "no answer from"));
        std::string bytes(bytes_max, '\0');
        const auto got = recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (got > 0) {
            bytes.resize(static_cast<size_t>(got));
            return bytes;
        }
        if (got == 0) {
            return fail(ErrorCode::unavailable, "{} closed the connection", peer_);
        }
        if (errno != EINTR && errno != EAGAIN) {
            return fail(errno_error(errno, "receive from " + peer_));
        }
    }
}

}  // namespace vigie::agent

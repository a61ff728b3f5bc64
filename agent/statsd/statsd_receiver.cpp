// Datagram sockets on the loop.
#include "agent/statsd/statsd_receiver.hpp"

#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "shared/core/assert.hpp"
#include "shared/loop/resolve.hpp"
#include "shared/os/path_lock.hpp"
#include "shared/os/socket_address.hpp"

namespace vigie::agent {
namespace {

constexpr std::string_view scheme = "udp://";
// Of one wake-up, so that a flood leaves the loop time for its timers; what is left wakes it again. 128 KiB are 65,536
// values of one digit, which take a few milliseconds.
constexpr int datagrams_at_once_max = 256;
constexpr size_t bytes_at_once_max = 128 * 1024;
// A burst of ten thousand short datagrams, as far as net.core.rmem_max lets it.
constexpr int receive_buffer_bytes = 4 << 20;

Result<SocketAddress> address_of(const std::string& listen) {
    if (!listen.starts_with(scheme)) {
        return fail(ErrorCode::malformed, "\"{}\": expected udp://ADDRESS:PORT", listen);
    }
    const auto endpoint = parse_listen_endpoint("tcp://" + listen.substr(scheme.size()));
    if (!endpoint) {
        return fail(ErrorCode::malformed, "\"{}\": expected udp://ADDRESS:PORT", listen);
    }
    uint16_t port = 0;
    std::from_chars(endpoint->port.data(), endpoint->port.data() + endpoint->port.size(), port);
    return numeric_address(endpoint->host, port);
}

Result<Fd> datagram_socket(int family) {
    Fd fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return fd ? Result<Fd>(std::move(fd)) : fail(errno_error(errno, "open a datagram socket"));
}

uint16_t port_of(int fd) {
    SocketAddress bound;
    bound.size = sizeof bound.storage;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) {
        return 0;
    }
    // The port stands at the same place for both families.
    return ntohs(reinterpret_cast<const sockaddr_in*>(&bound.storage)->sin_port);
}

// How many datagrams the kernel dropped so far, when it says so with this one (SO_RXQ_OVFL, socket(7)).
std::optional<uint32_t> dropped_of(msghdr& message) {
    for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL) {
            uint32_t count = 0;
            std::memcpy(&count, CMSG_DATA(part), sizeof count);
            return count;
        }
    }
    return std::nullopt;
}

// Removes a socket whose owner is dead, as the lock beside it shows; never what somebody else put there.
Result<void> remove_socket(const std::string& path) {
    struct stat entry {};
    if (lstat(path.c_str(), &entry) != 0) {
        return errno == ENOENT ? Result<void>{} : fail(errno_error(errno, path));
    }
    if (!S_ISSOCK(entry.st_mode)) {
        return fail(ErrorCode::conflict, "{} is there and is no socket: move it away, or name another path", path);
    }
    unlink(path.c_str());
    return {};
}

}  // namespace

Result<void> check_statsd_listen(const std::string& listen) {
    VIGIE_CHECK(address_of(listen));
    return {};
}

bool is_loopback_listen(const std::string& listen) {
    const auto address = address_of(listen);
    if (!address) {
        return false;
    }
    if (address->family() == AF_INET) {
        constexpr uint32_t loopback_net = 127;  // RFC 6890: 127.0.0.0/8
        sockaddr_in v4{};
        std::memcpy(&v4, address->raw(), sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == loopback_net;
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, address->raw(), sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

StatsdReceiver::StatsdReceiver(StatsdRegistry& registry, const Clock& clock)
    : registry_(registry),
      clock_(clock),
      reader_(registry),
      buffer_(std::make_unique_for_overwrite<char[]>(statsd_datagram_bytes_max)) {}

StatsdReceiver::~StatsdReceiver() {
    if (!path_.empty()) {
        unlink(path_.c_str());
    }
}

Result<std::unique_ptr<StatsdReceiver>> StatsdReceiver::open(Loop& loop, const StatsdSockets& sockets,
                                                             StatsdRegistry& registry, const Clock& clock) {
    VIGIE_ASSERT(loop.on_thread());
    std::unique_ptr<StatsdReceiver> receiver(new StatsdReceiver(registry, clock));
    if (!sockets.listen.empty()) {
        VIGIE_CHECK(receiver->open_udp(loop, sockets.listen));
    }
    if (!sockets.socket.empty()) {
        VIGIE_CHECK(receiver->open_unix(loop, sockets.socket, sockets.socket_mode));
    }
    return receiver;
}

Result<void> StatsdReceiver::open_udp(Loop& loop, const std::string& listen) {
    VIGIE_TRY(const auto address, address_of(listen));
    VIGIE_TRY(udp_.fd, datagram_socket(address.family()));
    // Both are wishes: without them bursts are lost earlier, and not counted.
    const int on = 1;
    setsockopt(udp_.fd.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    setsockopt(udp_.fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    if (bind(udp_.fd.get(), address.raw(), address.size) != 0) {
        return fail(errno_error(errno, "listen on " + listen));
    }
    udp_port_ = port_of(udp_.fd.get());
    watch(loop, udp_);
    return {};
}

Result<void> StatsdReceiver::open_unix(Loop& loop, const std::string& path, unsigned mode) {
    VIGIE_TRY(const auto address, unix_address(path));
    VIGIE_TRY(lock_, lock_beside(path));
    VIGIE_CHECK(remove_socket(path));
    VIGIE_TRY(unix_.fd, datagram_socket(AF_UNIX));
    if (bind(unix_.fd.get(), address.raw(), address.size) != 0) {
        return fail(errno_error(errno, "listen on " + path));
    }
    path_ = path;
    if (chmod(path.c_str(), mode) != 0) {
        return fail(errno_error(errno, "change the mode of " + path));
    }
    watch(loop, unix_);
    return {};
}

void StatsdReceiver::watch(Loop& loop, Socket& socket) {
    socket.watcher = std::make_unique<ReadWatcher>(loop, socket.fd.get(), [this, &socket] { drain(socket); });
}

void StatsdReceiver::drain(Socket& socket) {
    registry_.set_now(clock_.mono());
    size_t bytes = 0;
    for (int i = 0; i < datagrams_at_once_max && bytes < bytes_at_once_max; ++i) {
        const auto received = receive(socket);
        if (!received) {
            return;
        }
        bytes += *received;
    }
}

// The bytes of one datagram; nothing when there is none.
std::optional<size_t> StatsdReceiver::receive(Socket& socket) {
    iovec into{buffer_.get(), statsd_datagram_bytes_max};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(uint32_t))> control{};
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto size = recvmsg(socket.fd.get(), &message, 0);
    if (size < 0) {
        return errno == EINTR ? std::optional<size_t>(0) : std::nullopt;
    }
    registry_.count_datagram();
    if (const auto dropped = dropped_of(message)) {
        registry_.add_dropped(*dropped - std::exchange(socket.dropped, *dropped));
    }
    std::string_view datagram(buffer_.get(), static_cast<size_t>(size));
    if ((message.msg_flags & MSG_TRUNC) != 0) {
        datagram = datagram.substr(0, datagram.rfind('\n') + 1);  // nothing when there is no whole line
        registry_.refuse(StatsdFault::too_long);
    }
    reader_.read(datagram);
    return static_cast<size_t>(size);
}

}  // namespace vigie::agent

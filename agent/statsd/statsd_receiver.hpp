// The sockets that applications send StatsD to: UDP, and Unix datagrams.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "agent/statsd/statsd_registry.hpp"
#include "shared/loop/loop.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent {

struct StatsdSockets {
    std::string listen;  // udp://ADDRESS:PORT, port 0 for a free one; "" for none
    std::string socket;  // a path; "" for none
    unsigned socket_mode = 0660;
    bool operator==(const StatsdSockets&) const = default;
};

// malformed: not udp://ADDRESS:PORT with an IP address or localhost.
Result<void> check_statsd_listen(const std::string& listen);

// Whether only this host reaches it. `listen` as check_statsd_listen() takes it.
bool is_loopback_listen(const std::string& listen);

// UDP has no larger ones. Of a larger one over a Unix socket the lines that came whole are taken.
constexpr size_t statsd_datagram_bytes_max = 65'536;

class StatsdReceiver {
  public:
    // The registry and clock must outlive it. conflict: another process has the address or path, or what stands at the
    // path is no socket.
    static Result<std::unique_ptr<StatsdReceiver>> open(Loop& loop, const StatsdSockets& sockets,
                                                        StatsdRegistry& registry, const Clock& clock);
    ~StatsdReceiver();
    StatsdReceiver(const StatsdReceiver&) = delete;
    StatsdReceiver& operator=(const StatsdReceiver&) = delete;

    uint16_t udp_port() const { return udp_port_; }  // 0 without UDP

  private:
    struct Socket {
        Fd fd;
        std::unique_ptr<ReadWatcher> watcher;  // after the descriptor, so that it goes first
        uint32_t dropped = 0;                  // by the kernel, as it said last; wraps
    };
    StatsdReceiver(StatsdRegistry& registry, const Clock& clock);
    Result<void> open_udp(Loop& loop, const std::string& listen);
    Result<void> open_unix(Loop& loop, const std::string& path, unsigned mode);
    void watch(Loop& loop, Socket& socket);
    void drain(Socket& socket);
    std::optional<size_t> receive(Socket& socket);

    StatsdRegistry& registry_;
    const Clock& clock_;
    StatsdReader reader_;
    std::unique_ptr<char[]> buffer_;
    Socket udp_;
    Socket unix_;
    Fd lock_;
    std::string path_;
    uint16_t udp_port_ = 0;
};

}  // namespace vigie::agent

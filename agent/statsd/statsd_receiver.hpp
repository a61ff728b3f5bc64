// The sockets that applications send StatsD to: UDP, and Unix datagrams.
#pragma once
#include <memory>
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

// Larger datagrams are cut by the kernel; UDP has none.
constexpr size_t statsd_datagram_bytes_max = 65'536;

class StatsdReceiver {
  public:
    // The registry and clock must outlive it. conflict: another process has the address or path.
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
    };
    StatsdReceiver(StatsdRegistry& registry, const Clock& clock);
    Result<void> open_udp(Loop& loop, const std::string& listen);
    Result<void> open_unix(Loop& loop, const std::string& path, unsigned mode);
    void watch(Loop& loop, Socket& socket);
    void drain(int fd);
    bool receive(int fd);

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

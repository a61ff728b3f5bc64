// The controller's end: a ROUTER with CURVE. Who a message is from is only what the ZAP thread said about the key of
// its connection (User-Id), never a routing id or anything in the message. Confined to one thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/transport/agent_socket.hpp"
#include "shared/core/time.hpp"

namespace vigie::protocol {

struct RouterSocketOptions {
    std::string endpoint;  // tcp://0.0.0.0:7411; port 0 takes a free one
    std::string zap_domain;
    Bytes frame_max = frame_bytes_max;
    // For each connection and direction. Credit bounds the bytes of agents; this bounds the count.
    int queued_messages_max = 512;
    // Ask the kernel of a peer that says nothing whether it is still there: for protocols without pings of their own.
    bool is_kept_alive = false;
};

// A connection, so that it can be cut. The port tells it from a later connection with the same descriptor.
struct Connection {
    int fd = -1;
    uint16_t peer_port = 0;  // 0: it is known to have ended
};

struct Received {
    std::string routing_id;    // names the connection, for send()
    std::string user_id;       // never empty
    std::string key;           // that the connection was made with (Z85), as the ZAP thread saw it
    std::string peer_address;  // without port, for log lines
    Connection connection;
    FramePair frames;
};

enum class Sent : uint8_t {
    taken,
    full,  // the peer does not read; try later
    gone,  // no such connection any more
};

// How much was taken from each connection, by descriptor, as bytes on the wire after the handshake. Written by the
// thread that receives, read by any. Counts go on when a descriptor is used again.
class TakenBytes {
  public:
    explicit TakenBytes(size_t descriptors) : taken_(descriptors) {}
    bool is_counted(int fd) const { return fd >= 0 && static_cast<size_t>(fd) < taken_.size(); }
    void add(int fd, uint64_t bytes) {
        if (is_counted(fd)) {
            taken_[static_cast<size_t>(fd)].fetch_add(bytes, std::memory_order_relaxed);
        }
    }
    uint64_t of(int fd) const { return taken_[static_cast<size_t>(fd)].load(std::memory_order_relaxed); }

  private:
    std::vector<std::atomic<uint64_t>> taken_;
};

class RouterSocket {
  public:
    // conflict when the address is in use; malformed or not_found when it cannot be one of this host's.
    static Result<std::unique_ptr<RouterSocket>> open(const Context& context, const RouterSocketOptions& options,
                                                      const KeyPair& keys);
    ~RouterSocket();

    // Where it listens, with the real port.
    const std::string& endpoint() const;
    Sent send(std::string_view routing_id, std::string_view header, std::string_view body);
    // nullopt: nothing waits. Dropped and counted: messages that are not [routing id][header][body] or have no User-Id.
    std::optional<Received> receive();
    uint64_t dropped() const { return dropped_; }

    // Handshakes from now on are made with these keys; connections end with the listener that took them. Blocks until
    // that one is gone: milliseconds, a second at most; conflict when the address is not free by then.
    Result<void> use_keys(const KeyPair& keys);

    // For ConnectionGuard. Accepted and ended connections are told to a PAIR socket that connects to this inproc name;
    // whoever connects must take the events until stop_monitoring().
    Result<void> monitor_connections(const std::string& name);
    void stop_monitoring();
    const TakenBytes& taken() const;

    // Waits until a socket has a message, `wake_fd` is readable, or the time is over. Late by up to 1 ms.
    static void wait(std::span<RouterSocket* const> sockets, int wake_fd, milliseconds timeout);

  private:
    struct State;
    explicit RouterSocket(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
    uint64_t dropped_ = 0;
};

// Ends a connection by shutdown(2), never close(2): the descriptor is libzmq's. False when it is not that one any more.
bool cut(const Connection& connection);
// False when it has ended.
bool is_open(const Connection& connection);

}  // namespace vigie::protocol

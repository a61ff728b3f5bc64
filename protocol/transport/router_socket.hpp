// The controller's end: a ROUTER with CURVE. Who a message is from is only what the ZAP thread said about the key of
// its connection (User-Id), never a routing id or anything in the message. Confined to one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/transport/agent_socket.hpp"
#include "shared/core/time.hpp"

namespace vigie::protocol {

struct RouterSocketOptions {
    std::string endpoint;  // tcp://0.0.0.0:7411; port 0 takes a free one
    std::string zap_domain;
    Bytes frame_max = frame_bytes_max;
};

// A connection, so that it can be cut. The port tells it from a later connection with the same descriptor.
struct Connection {
    int fd = -1;
    uint16_t peer_port = 0;
};

struct Received {
    std::string routing_id;    // names the connection, for send()
    std::string user_id;       // never empty
    std::string peer_address;  // without port, for log lines
    Connection connection;
    FramePair frames;
};

enum class Sent : uint8_t {
    taken,
    full,  // the peer does not read; try later
    gone,  // no such connection any more
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

}  // namespace vigie::protocol

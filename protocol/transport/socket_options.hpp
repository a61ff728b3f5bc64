// libzmq's objects with owners, and every option whose default is dangerous. Inside this folder only.
#pragma once
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/transport/context.hpp"
#include "protocol/transport/keys.hpp"
#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

struct zmq_msg_t;

namespace vigie::protocol {

// What a call of libzmq gives that a signal, such as of a child's end, does not cut short: one that was has done
// nothing.
template <typename Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

struct CloseSocket {
    void operator()(void* socket) const;
};
using SocketOwner = std::unique_ptr<void, CloseSocket>;

// A new socket of a ZMQ_* type; fails when the context's sockets are used up.
Result<SocketOwner> open_socket(const Context& context, int type, std::string_view what);

// From zmq_errno(), with `what` in front.
Error zmq_error(std::string_view what);

void set_number(void* socket, int option, int value);
void set_number64(void* socket, int option, int64_t value);
void set_text(void* socket, int option, const std::string& value);
int number_of(void* socket, int option);
// The ZMQ_POLLIN bit of ZMQ_EVENTS: the only valid answer to "is a message waiting" (the descriptor is edge-triggered).
bool has_readable(void* socket);

// malformed unless it is tcp://HOST:PORT with a port up to 65535, of which libzmq would take the low 16 bits.
Result<void> check_endpoint(std::string_view endpoint);

// What agent and controller share: limits, no linger, no libzmq heartbeats.
void set_limits(void* socket, Bytes frame_bytes_max, int queued_messages_max);
// IPv6 for tcp://[ADDRESS]:PORT and tcp://*:PORT, IPv4 otherwise.
void set_address_family(void* socket, std::string_view endpoint);
// TCP's own: a peer that is gone without a word is noticed within two minutes.
void set_keepalive(void* socket);
void set_curve_server(void* socket, const KeyPair& keys, const std::string& zap_domain);
void set_curve_client(void* socket, const KeyPair& keys, const std::string& server_key);

// One received message's frame, copied out.
std::string bytes_of(zmq_msg_t& frame);
// A ZAP property of a frame; "" when it has none.
std::string property_of(zmq_msg_t& frame, const char* name);
// Of a frame of this size, as CURVE and ZMTP send it.
uint64_t wire_bytes_of(size_t frame_bytes);
// 0 when it is no TCP connection, or not any more.
uint16_t peer_port_of(int fd);
// As a message's Peer-Address has it, but plain. "" when it is no TCP connection, or not any more.
std::string peer_address_of(int fd);
// 10.0.0.1 for ::ffff:10.0.0.1, as an IPv6 socket names IPv4 peers.
std::string plain_address(std::string_view address);

}  // namespace vigie::protocol

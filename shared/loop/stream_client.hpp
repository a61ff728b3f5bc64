// One connection out, over TCP or a Unix socket: sends a request, and more, and gives what comes back.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "shared/loop/loop.hpp"
#include "shared/os/socket_address.hpp"

namespace vigie {

// Both on the loop; either may destroy the client, and then nothing is called any more.
struct StreamClientCallbacks {
    std::function<void(std::string_view)> on_bytes;
    // Once: the peer ended, or the error of connecting, sending or receiving.
    std::function<void(const Result<void>&)> on_end;
};

// What is sent are calls of some kilobytes: a peer that has so many of them before it reads nothing.
constexpr size_t stream_waiting_bytes_max = size_t{1} << 20;

class StreamClient {
  public:
    // Connects, sends the request, and reads from then on. There is no timeout: destroy it. `where` names the peer in
    // errors.
    StreamClient(Loop& loop, const SocketAddress& to, std::string where, std::string request,
                 StreamClientCallbacks callbacks);
    ~StreamClient();
    // More bytes, behind those before. An error of sending ends the connection, and so do more bytes than
    // stream_waiting_bytes_max that the peer has not taken.
    void send(std::string bytes);
    StreamClient(const StreamClient&) = delete;
    StreamClient& operator=(const StreamClient&) = delete;

  private:
    struct State;
    State* state_;  // frees itself once libuv has closed its handle
};

}  // namespace vigie

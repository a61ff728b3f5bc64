// The agent's end: a DEALER that speaks CURVE to one controller of a pinned key. It connects once and never again by
// itself: whoever owns it watches next_event() and makes a new one after a pause. Confined to one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/messages/header.hpp"
#include "protocol/transport/context.hpp"
#include "protocol/transport/keys.hpp"
#include "shared/core/units.hpp"

namespace vigie::protocol {

// The largest frame either side takes, before CURVE's overhead.
constexpr Bytes frame_bytes_max{body_bytes_max};

struct AgentSocketOptions {
    std::string endpoint;    // numeric: tcp://10.0.0.5:7411 or tcp://[::1]:7411; libzmq's resolver would block
    std::string server_key;  // the controller's public key, pinned
    Bytes frame_max = frame_bytes_max;
};

struct FramePair {
    std::string header;
    std::string body;
};

struct SocketEvent {
    enum class Kind : uint8_t {
        connected,     // CURVE handshake done: messages flow from here on
        refused,       // the controller does not know our key (ZAP 400): trying at once is of no use
        disconnected,  // the connection could not be made, or ended
    };
    Kind kind;
    // Of `disconnected`: something was reached and broke the handshake off, without a word or with a wrong one, or it
    // said that it is overloaded (ZAP 300).
    bool is_handshake = false;
    bool is_unanswered = false;  // as a controller does that has another key
    bool is_overload = false;
};

class AgentSocket {
  public:
    // malformed when the endpoint or a key cannot be used.
    static Result<std::unique_ptr<AgentSocket>> open(const Context& context, const AgentSocketOptions& options,
                                                     const KeyPair& keys);
    ~AgentSocket();

    // False when it was not taken: not connected, or the send queue is full.
    bool send(std::string_view header, std::string_view body);
    // nullopt: nothing waits. Messages of other than two frames are dropped and counted.
    std::optional<FramePair> receive();
    std::optional<SocketEvent> next_event();

    // For shared/loop's DrainWatcher, one for messages and one for events.
    int fd() const;
    // Both of one look: a second one would take the wake-up of what came after the first.
    struct Readiness {
        bool has_more = false;
        bool is_writable = false;
    };
    Readiness readiness() const;
    bool has_more() const;
    bool is_writable() const;
    int event_fd() const;
    bool has_event() const;

    uint64_t dropped() const { return dropped_; }

  private:
    struct State;
    explicit AgentSocket(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
    uint64_t dropped_ = 0;
};

}  // namespace vigie::protocol

// Bounds what peers may hold of the controller's sockets, where libzmq has no bound: connections that never say
// anything, connections at all, and the parts of a message that has no end. It listens to the sockets' monitors on a
// thread of its own, counts with the kernel what came in, and cuts what is too much. Open it after the sockets, destroy
// it before them; both on the sockets' thread, or while no other thread uses them.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "protocol/transport/router_socket.hpp"
#include "shared/os/clock.hpp"

namespace vigie::protocol {

struct GuardLimits {
    // Of one connection: came in, and no whole message of it was taken yet. An agent may have 2 MiB under way on each
    // of its three streams.
    Bytes untaken_max = 16_MiB;
    // A handshake may take 10 s; whoever has said nothing long after has nothing to say.
    milliseconds silent_max{30'000};
    // What a fast peer can send meanwhile is held on top: some 30 MiB over a gigabit link. Ten thousand connections
    // cost about ten thousand system calls a time.
    milliseconds check_every{250};
};

// A socket and how many connections it may have. One more, and the one that has been silent for longest is cut; when
// none is, the new one. Where conversations are brief, whoever has spoken counts as silent too: nobody stays for longer
// than silent_max, and the oldest makes way.
struct GuardedSocket {
    RouterSocket& socket;
    size_t connections_max;
    bool is_brief = false;
};

class ConnectionGuard {
  public:
    // Keeps references to sockets and clock. `sockets` are of this context, and nobody receives from them yet.
    static Result<std::unique_ptr<ConnectionGuard>> open(const Context& context, std::span<const GuardedSocket> sockets,
                                                         const Clock& clock, GuardLimits limits = {});
    ~ConnectionGuard();
    ConnectionGuard(const ConnectionGuard&) = delete;
    ConnectionGuard& operator=(const ConnectionGuard&) = delete;

    struct Counts {
        uint64_t connections = 0;  // now
        uint64_t cut_crowded = 0;  // too many
        uint64_t cut_silent = 0;   // said nothing for silent_max
        uint64_t cut_endless = 0;  // over untaken_max
    };
    Counts counts() const;  // any thread

  private:
    struct State;
    explicit ConnectionGuard(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace vigie::protocol

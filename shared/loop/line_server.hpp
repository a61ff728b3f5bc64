// Requests and answers as lines over a Unix stream socket, with the peer's credentials from the kernel.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "shared/loop/loop.hpp"

namespace vigie {

struct PeerCredentials {  // SO_PEERCRED: as the peer was when it connected
    int pid = 0;
    unsigned uid = 0;
    unsigned gid = 0;
};

// A request larger than this is not one of ours.
constexpr size_t request_line_bytes_max = 1 << 20;
// Operators are few; more connections than this means that a script leaks them.
constexpr size_t connections_max = 128;

class LineServer {
  public:
    using Reply = std::function<void(std::string line)>;  // at most once, on the loop; nothing happens if the peer left
    using OnLine = std::function<void(const PeerCredentials&, std::string_view line, Reply)>;

    // Takes the path for itself: a second process is refused with `conflict` while the first lives (a lock file beside
    // the socket tells; the socket left by a dead one is replaced). The socket gets `mode`.
    static Result<std::unique_ptr<LineServer>> open(Loop& loop, const std::string& path, unsigned mode, OnLine on_line);
    ~LineServer();

  private:
    struct State;
    explicit LineServer(State* state) : state_(state) {}
    State* state_;  // freed on the loop after its handles are closed
};

}  // namespace vigie

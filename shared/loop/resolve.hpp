// Host names to addresses without blocking the loop. libzmq's own resolver would block its I/O thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/loop/loop.hpp"

namespace vigie {

struct Endpoint {  // of tcp://HOST:PORT, an IPv6 address in brackets
    std::string host;
    std::string port;
};
// malformed: not of that form, or a port over 65535.
Result<Endpoint> parse_endpoint(std::string_view text);
// The same for an address to listen on, where port 0 takes a free one.
Result<Endpoint> parse_listen_endpoint(std::string_view text);

// Turns tcp://HOST:PORT into tcp://ADDRESS:PORT. One look-up at a time; the next one forgets the one before.
class Resolver {
  public:
    using Done = std::function<void(Result<std::string>)>;

    explicit Resolver(Loop& loop) : loop_(loop) {}
    ~Resolver();  // a look-up under way is forgotten, its `done` is not called
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // `turn` picks among several addresses: 0 the first, 1 the second… and round again. `done` runs later on the loop.
    void resolve(const std::string& endpoint, size_t turn, Done done);

  private:
    struct Request;
    void forget();
    Loop& loop_;
    Request* request_ = nullptr;  // libuv's until its callback
};

// The same, blocking, for commands that have no loop.
Result<std::string> resolve_now(const std::string& endpoint);
// All that the name has, in the resolver's order; one at least.
Result<std::vector<std::string>> resolve_all_now(const std::string& endpoint);

}  // namespace vigie

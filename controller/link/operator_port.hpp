// The port for operators who are not on the controller's machine: requests as lines over CURVE, one answer each. Only
// keys of its table are let in, and whom a request is from is the key. It has libzmq threads, a ZAP thread and a thread
// of its own, so that what operators send delays no agent. It knows neither roles nor verbs.
//   [header: the client's number for the request, up to 32 bytes, returned as it came][body: the JSON line]
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "protocol/transport/keys.hpp"
#include "shared/core/units.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

struct OperatorLimits {
    size_t connections_max = 128;         // as on the local socket; fewer where the process may have few descriptors
    size_t connections_per_key_max = 8;   // a person's terminals; one more cuts the one that was quiet for longest
    int requests_per_second_max = 20;     // of one key, after as many at once as two seconds give
    int handshakes_per_minute_max = 600;  // of one key: a script that calls `vigie` again and again
    Bytes request_max = 64_KiB;           // the longest is some labels and parameters
    Bytes answer_max = 16_MiB;            // a client that reads none can make us keep two for each connection
    // A --watch asks every two seconds; whoever has closed the lid of a laptop must not keep its place.
    milliseconds quiet_max{std::chrono::minutes{5}};
};

// What the port itself answers, ready to be sent: it does not know their form.
struct OperatorLines {
    std::string too_often;
    std::string busy;
    std::string too_large;
};

// Why a connection was cut. One that was quiet for too long, or whose key was taken out, is not counted here.
enum class OperatorCut : uint8_t {
    flood,      // went on asking over the rate
    unread,     // read no answers
    crowded,    // made way for one more
    malformed,  // sent what is no request
};

struct OperatorPortOptions {
    std::string listen;
    protocol::KeyPair keys;
    OperatorLimits limits;
    OperatorLines lines;
    // May be empty. On the port's thread, for each connection it cut: the key, and why.
    std::function<void(std::string key, OperatorCut why)> on_cut;
};

class OperatorPort {
  public:
    using Reply = std::function<void(std::string line)>;  // any thread, at most once; nothing happens if the peer left
    // On the port's thread: a request of a key of the table.
    using OnLine = std::function<void(std::string key, std::string address, std::string line, Reply)>;

    // Binds; nobody is answered before start(). Keeps the reference. Errors: the address is in use or none of ours.
    static Result<std::unique_ptr<OperatorPort>> open(const OperatorPortOptions& options, std::set<std::string> keys,
                                                      const Clock& clock, OnLine on_line);
    ~OperatorPort();  // stops
    OperatorPort(const OperatorPort&) = delete;
    OperatorPort& operator=(const OperatorPort&) = delete;

    // Each once, on the thread that opened it. stop() waits for the port's thread; no on_line follows.
    void start();
    void stop();
    uint64_t cuts() const;  // since the start, of all reasons; any thread
    const std::string& endpoint() const;
    // Any thread: from now on only these are let in, and the connections of others end.
    void replace_keys(std::set<std::string> keys);

  private:
    struct State;
    explicit OperatorPort(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace vigie::controller

// Asks a controller over its port for operators. Blocking, with deadlines; one connection for many questions.
#pragma once
#include <memory>
#include <optional>

#include "controller/operator/requests.hpp"
#include "controller/remote/operator_key.hpp"
#include "protocol/transport/agent_socket.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

struct RemoteDoor {
    std::string endpoint;  // tcp://HOST:PORT
    std::string key_file;
    std::string controller_key;  // "": that of the key file
};

struct RemoteLimits {
    milliseconds connect_max{10'000};  // to all addresses of the name
    milliseconds answer_max{30'000};   // as on the local socket
};

class RemoteController {
  public:
    // Reads the key and resolves the name; connects at the first question. Keeps the reference.
    static Result<std::unique_ptr<RemoteController>> open(RemoteDoor door, const Clock& clock,
                                                          RemoteLimits limits = {});

    // denied: the controller does not know our key, or is none of the pinned key; the message says what to do.
    // unavailable, timed_out: it cannot be reached, or does not answer. Other errors are the controller's own answer.
    Result<Json> ask(const Request& request);

  private:
    RemoteController(RemoteDoor door, protocol::KeyFile key, protocol::Context context, const Clock& clock,
                     RemoteLimits limits)
        : door_(std::move(door)), key_(std::move(key)), context_(std::move(context)), clock_(clock), limits_(limits) {}
    Result<void> connect();
    Result<void> connect_to(const std::string& address, MonoTime deadline);
    Result<std::string> exchange(const std::string& line);
    std::optional<Error> trouble();
    Error error_of(const protocol::SocketEvent& event) const;

    const RemoteDoor door_;
    const protocol::KeyFile key_;
    protocol::Context context_;
    const Clock& clock_;
    const RemoteLimits limits_;
    std::unique_ptr<protocol::AgentSocket> socket_;  // null: not connected
    uint64_t asked_ = 0;
};

}  // namespace vigie::controller

// What the HTTP server knows of one connection, from its first byte to its end.
#pragma once
#include <microhttpd.h>

#include <optional>

#include "controller/web/http_message.hpp"
#include "shared/loop/hangup.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller::web {

enum class Phase { quiet, receiving, waiting, sending };

struct Connection {
    MHD_Connection* handle = nullptr;
    int fd = -1;
    Phase phase = Phase::quiet;
    MonoTime since{};  // in this phase
    bool has_head = false;
    size_t body_bytes = 0;  // received
    HttpRequest request{};
    ExchangeId exchange = 0;
    std::optional<HttpResponse> response{};
    size_t unread = 0;  // bytes of the answer that is being sent
    bool is_suspended = false;
    std::unique_ptr<HangupWatcher> hangup{};  // while it is suspended for long
    bool is_gone = false;                     // its client left while it waited
};

inline Connection* context_of(MHD_Connection* connection) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return static_cast<Connection*>(info->socket_context);
}

}  // namespace vigie::controller::web

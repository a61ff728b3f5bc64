// Limits of the context are set before its first socket; afterwards libzmq ignores them.
#include "protocol/transport/context.hpp"

#include <zmq.h>

#include <utility>

#include "protocol/transport/socket_options.hpp"

namespace vigie::protocol {

Result<Context> Context::open(int io_threads, int sockets_max) {
    void* raw = zmq_ctx_new();
    if (raw == nullptr) {
        return fail(zmq_error("create ZeroMQ context"));
    }
    Context context(raw);
    zmq_ctx_set(raw, ZMQ_BLOCKY, 0);  // or termination waits for ever on unsent messages
    if (zmq_ctx_set(raw, ZMQ_IO_THREADS, io_threads) != 0 || zmq_ctx_set(raw, ZMQ_MAX_SOCKETS, sockets_max) != 0) {
        return fail(zmq_error("set up ZeroMQ context"));
    }
    return context;
}

Context::Context(Context&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}

Context::~Context() {
    if (raw_ != nullptr) {
        while (zmq_ctx_term(raw_) != 0 && zmq_errno() == EINTR) {
        }
    }
}

}  // namespace vigie::protocol

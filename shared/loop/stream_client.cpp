// uv_tcp or uv_pipe, which are both streams once they are connected.
#include "shared/loop/stream_client.hpp"

#include <sys/un.h>
#include <uv.h>

#include <algorithm>
#include <array>

#include "shared/core/assert.hpp"

namespace vigie {

struct StreamClient::State {
    union {
        uv_tcp_t tcp;
        uv_pipe_t pipe;
        uv_stream_t stream;
        uv_handle_t handle;
    } socket{};
    uv_connect_t connecting{};
    uv_write_t writing{};
    std::string where;
    std::string request;
    StreamClientCallbacks callbacks;
    std::array<char, 16384> chunk{};
    bool is_connected = false;
    bool is_wanted = true;     // the client is there, and was not told of the end
    bool is_released = false;  // the client is gone
    bool is_closed = false;
    bool is_posted = false;  // a task of the loop's still knows this

    void close() {
        is_wanted = false;
        if (uv_is_closing(&socket.handle) == 0) {
            uv_close(&socket.handle, [](uv_handle_t* closed) {
                auto* self = static_cast<State*>(closed->data);
                self->is_closed = true;
                self->free_when_done();
            });
        }
    }

    void free_when_done() {
        if (is_closed && is_released && !is_posted) {
            delete this;
        }
    }

    // A copy of the callback, since it may destroy the client.
    void end(int status, std::string_view doing) {
        if (!is_wanted) {
            return;
        }
        close();
        const auto tell = callbacks.on_end;
        tell(status == 0 || status == UV_EOF
                 ? Result<void>{}
                 : fail(ErrorCode::unavailable, "{} {}: {}", doing, where, uv_strerror(status)));
    }

    void on_connected(int status) {
        if (status != 0 || !is_wanted) {
            return end(status, "connect to");
        }
        is_connected = true;
        auto buffer = uv_buf_init(request.data(), static_cast<unsigned>(request.size()));
        writing.data = this;
        const int sent = uv_write(&writing, &socket.stream, &buffer, 1, [](uv_write_t* write, int failed) {
            if (failed != 0) {
                static_cast<State*>(write->data)->end(failed, "send to");
            }
        });
        if (sent != 0) {
            return end(sent, "send to");
        }
        uv_read_start(
            &socket.stream,
            [](uv_handle_t* handle, size_t, uv_buf_t* buffer_to_fill) {
                auto* self = static_cast<State*>(handle->data);
                *buffer_to_fill = uv_buf_init(self->chunk.data(), static_cast<unsigned>(self->chunk.size()));
            },
            [](uv_stream_t* stream, ssize_t count, const uv_buf_t* received) {
                static_cast<State*>(stream->data)->on_read(count, *received);
            });
    }

    struct Write {
        uv_write_t request{};
        std::string bytes;
    };

    void send(std::string bytes) {
        if (!is_wanted) {
            return;
        }
        const size_t waiting = is_connected ? uv_stream_get_write_queue_size(&socket.stream) : request.size();
        if (bytes.size() > stream_waiting_bytes_max - std::min(waiting, stream_waiting_bytes_max)) {
            return end(UV_ENOBUFS, "send to");
        }
        if (!is_connected) {
            request += bytes;
            return;
        }
        auto write = std::make_unique<Write>();
        write->bytes = std::move(bytes);
        write->request.data = this;
        auto buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
        const int sent =
            uv_write(&write->request, &socket.stream, &buffer, 1, [](uv_write_t* request_done, int failed) {
                const std::unique_ptr<Write> done(reinterpret_cast<Write*>(request_done));
                if (failed != 0) {
                    static_cast<State*>(request_done->data)->end(failed, "send to");
                }
            });
        if (sent == 0) {
            static_cast<void>(write.release());  // the callback's
        } else {
            end(sent, "send to");
        }
    }

    void on_read(ssize_t count, const uv_buf_t& received) {
        if (count < 0) {
            return end(static_cast<int>(count), "receive from");
        }
        if (count > 0 && is_wanted) {
            callbacks.on_bytes({received.base, static_cast<size_t>(count)});
        }
    }

    int connect(const SocketAddress& to) {
        connecting.data = this;
        const auto done = [](uv_connect_t* request_done, int status) {
            static_cast<State*>(request_done->data)->on_connected(status);
        };
        if (to.family() == AF_UNIX) {
            uv_pipe_connect(&connecting, &socket.pipe, reinterpret_cast<const sockaddr_un*>(to.raw())->sun_path, done);
            return 0;
        }
        return uv_tcp_connect(&connecting, &socket.tcp, to.raw(), done);
    }
};

StreamClient::StreamClient(Loop& loop, const SocketAddress& to, std::string where, std::string request,
                           StreamClientCallbacks callbacks)
    : state_(new State) {
    VIGIE_ASSERT(loop.on_thread());
    state_->where = std::move(where);
    state_->request = std::move(request);
    state_->callbacks = std::move(callbacks);
    const int opened = to.family() == AF_UNIX ? uv_pipe_init(loop.raw(), &state_->socket.pipe, 0)
                                              : uv_tcp_init(loop.raw(), &state_->socket.tcp);
    VIGIE_ASSERT(opened == 0);
    state_->socket.handle.data = state_;
    if (const int status = state_->connect(to); status != 0) {
        // Told from the loop, as all other ends are.
        state_->is_posted = true;
        loop.post([state = state_, status] {
            state->is_posted = false;
            state->end(status, "connect to");
            state->free_when_done();
        });
    }
}

StreamClient::~StreamClient() {
    state_->is_released = true;
    state_->close();
    state_->free_when_done();
}

void StreamClient::send(std::string bytes) {
    state_->send(std::move(bytes));
}

}  // namespace vigie

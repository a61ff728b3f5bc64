// A uv_pipe server. The lock file, not the socket, says who owns the path: binding over a live socket would steal it.
#include "shared/loop/line_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <set>

#include "shared/core/assert.hpp"
#include "shared/os/path_lock.hpp"

namespace vigie {
namespace {

// A peer that asks on and on and reads no answer is cut off; one answer may be larger.
constexpr size_t unread_answers_bytes_max = 16U << 20;

struct Connection {
    uv_pipe_t pipe{};
    PeerCredentials peer;
    std::string received;
    std::array<char, 16384> chunk{};
    std::shared_ptr<Connection*> alive;  // replies watch it, to know whether the connection still lives
    std::function<void(Connection*)> on_closed;
    const LineServer::OnLine* on_line = nullptr;

    void close() {
        if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&pipe)) != 0) {
            return;
        }
        alive.reset();
        uv_close(reinterpret_cast<uv_handle_t*>(&pipe), [](uv_handle_t* handle) {
            const std::unique_ptr<Connection> self(static_cast<Connection*>(handle->data));
            self->on_closed(self.get());
        });
    }

    void send(std::string line) {
        if (uv_stream_get_write_queue_size(reinterpret_cast<uv_stream_t*>(&pipe)) > unread_answers_bytes_max) {
            return close();
        }
        struct Write {
            uv_write_t request{};
            std::string bytes;
        };
        auto write = std::make_unique<Write>();
        write->bytes = std::move(line) + "\n";
        write->request.data = write.get();
        auto buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
        const int status = uv_write(&write->request, reinterpret_cast<uv_stream_t*>(&pipe), &buffer, 1,
                                    [](uv_write_t* request, int) { delete static_cast<Write*>(request->data); });
        if (status == 0) {
            write.release();
        } else {
            close();
        }
    }

    void take(std::string_view bytes) {
        received.append(bytes);
        size_t end = 0;
        while ((end = received.find('\n')) != std::string::npos) {
            const auto line = received.substr(0, end);
            received.erase(0, end + 1);
            const std::weak_ptr<Connection*> watched = alive;
            (*on_line)(peer, line, [watched](std::string answer) {
                if (const auto target = watched.lock()) {
                    (*target)->send(std::move(answer));
                }
            });
            if (!alive) {
                return;  // the answer could not be written
            }
        }
        if (received.size() > request_line_bytes_max) {
            close();
        }
    }
};

PeerCredentials credentials_of(uv_pipe_t* pipe) {
    uv_os_fd_t fd = -1;
    uv_fileno(reinterpret_cast<uv_handle_t*>(pipe), &fd);
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return PeerCredentials{.pid = 0, .uid = UINT32_MAX, .gid = UINT32_MAX};
    }
    return PeerCredentials{.pid = peer.pid, .uid = peer.uid, .gid = peer.gid};
}

}  // namespace

struct LineServer::State {
    uv_pipe_t listener{};
    std::string path;
    Fd lock;
    OnLine on_line;
    std::set<Connection*> connections;
    bool is_closing = false;
    bool is_listener_closed = false;

    void accept() {
        auto* connection = new Connection;
        connection->on_line = &on_line;
        connection->alive = std::make_shared<Connection*>(connection);
        connection->on_closed = [this](Connection* closed) {
            connections.erase(closed);
            free_when_closed();
        };
        uv_pipe_init(listener.loop, &connection->pipe, 0);
        connection->pipe.data = connection;
        connections.insert(connection);
        if (uv_accept(reinterpret_cast<uv_stream_t*>(&listener), reinterpret_cast<uv_stream_t*>(&connection->pipe)) !=
                0 ||
            connections.size() > connections_max) {
            return connection->close();
        }
        connection->peer = credentials_of(&connection->pipe);
        uv_read_start(
            reinterpret_cast<uv_stream_t*>(&connection->pipe),
            [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
                auto* self = static_cast<Connection*>(handle->data);
                *buffer = uv_buf_init(self->chunk.data(), static_cast<unsigned>(self->chunk.size()));
            },
            [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
                auto* self = static_cast<Connection*>(stream->data);
                if (count < 0) {
                    return self->close();
                }
                self->take(std::string_view(buffer->base, static_cast<size_t>(count)));
            });
    }

    void free_when_closed() {
        if (is_closing && is_listener_closed && connections.empty()) {
            delete this;
        }
    }
};

Result<std::unique_ptr<LineServer>> LineServer::open(Loop& loop, const std::string& path, unsigned mode,
                                                     OnLine on_line) {
    VIGIE_ASSERT(loop.on_thread());
    VIGIE_TRY(auto lock, lock_beside(path));
    unlink(path.c_str());
    auto* state = new State;
    state->path = path;
    state->lock = std::move(lock);
    state->on_line = std::move(on_line);
    state->listener.data = state;
    uv_pipe_init(loop.raw(), &state->listener, 0);
    std::unique_ptr<LineServer> server(new LineServer(state));
    int status = uv_pipe_bind(&state->listener, path.c_str());
    if (status == 0 && chmod(path.c_str(), mode) != 0) {
        status = -errno;
    }
    if (status == 0) {
        status = uv_listen(reinterpret_cast<uv_stream_t*>(&state->listener), 64, [](uv_stream_t* listener, int failed) {
            if (failed == 0) {
                static_cast<State*>(listener->data)->accept();
            }
        });
    }
    if (status != 0) {
        return fail(errno_error(-status, "listen on " + path));
    }
    return server;
}

LineServer::~LineServer() {
    state_->is_closing = true;
    for (auto* connection : std::set<Connection*>(state_->connections)) {
        connection->close();
    }
    uv_close(reinterpret_cast<uv_handle_t*>(&state_->listener), [](uv_handle_t* handle) {
        auto* state = static_cast<State*>(handle->data);
        state->is_listener_closed = true;
        state->free_when_closed();
    });
    state_->lock.reset();  // uv_close has unlinked the path: the next server may have it
}

}  // namespace vigie

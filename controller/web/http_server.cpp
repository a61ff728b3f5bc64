// libmicrohttpd in its external epoll mode: its one descriptor is readable when something is to be done, and MHD_run
// does it. What it calls back are C functions, which never throw.
#include "controller/web/http_server.hpp"

#include <microhttpd.h>
#include <sys/socket.h>

#include <map>
#include <optional>

#include "controller/web/api_answer.hpp"
#include "controller/web/connection.hpp"
#include "controller/web/library_calls.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller::web {
namespace {

constexpr milliseconds sweep_period{1s};

// Whether clients left is watched from so late on at the latest: the answers to most requests are there before, and
// watching costs system calls.
constexpr milliseconds unwatched_max{50};

// The library keeps some more than we do, so that the one too many can be let in and another one cut.
constexpr unsigned connections_spare = 16;

// A body over the limit is read on up to so many times it, so that its client hears why: one that still sends when it
// is answered may see nothing but a broken connection.
constexpr size_t overflow_factor = 4;

// As a backstop; the limits here are shorter.
constexpr unsigned library_timeout_seconds = 300;

HttpResponse body_too_large(Bytes max) {
    return error_response(
        {ApiErrorKind::too_large, fmt::format("the body of a request has {} at most", format_bytes(max)), {}});
}

}  // namespace

struct HttpServer::State {
    State(Loop& on, const Clock& time, HttpApp& answers, HttpLimits bounds)
        : loop(on),
          clock(time),
          app(answers),
          limits(bounds),
          again(on, [this] { run(); }),
          watch(on, [this] { watch_suspended(); }),
          sweep(on, [this] { cut_late(); }) {}

    Loop& loop;
    const Clock& clock;
    HttpApp& app;
    const HttpLimits limits;
    HttpServer* owner = nullptr;
    std::string endpoint;
    MHD_Daemon* daemon = nullptr;
    std::unique_ptr<ReadWatcher> watcher;
    Timer again;
    Timer watch;
    bool is_watch_due = false;
    Timer sweep;
    std::map<Connection*, std::unique_ptr<Connection>> connections;
    std::map<ExchangeId, Connection*> exchanges;  // taken and not answered
    ExchangeId last_exchange = 0;
    size_t unread_bytes = 0;  // of all answers under way
    HttpCounts counts;

    bool start(Listener listener) {
        endpoint = listener.endpoint;
        daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr, on_request, this,  //
                                  MHD_OPTION_LISTEN_SOCKET, listener.socket.get(),                                  //
                                  MHD_OPTION_CONNECTION_LIMIT,
                                  static_cast<unsigned>(limits.connections_max) + connections_spare,
                                  MHD_OPTION_CONNECTION_MEMORY_LIMIT, static_cast<size_t>(limits.head_max.count),  //
                                  MHD_OPTION_CONNECTION_TIMEOUT, library_timeout_seconds,                          //
                                  MHD_OPTION_NOTIFY_CONNECTION, on_connection, this,                               //
                                  MHD_OPTION_NOTIFY_COMPLETED, on_completed, this,                                 //
                                  MHD_OPTION_URI_LOG_CALLBACK, on_target, this,                                    //
                                  MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
        if (daemon == nullptr) {
            return false;
        }
        static_cast<void>(listener.socket.release());  // the library closes it
        const auto* info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
        watcher = std::make_unique<ReadWatcher>(loop, info->epoll_fd, [this] { run(); });
        sweep.start_every(sweep_period);
        return true;
    }

    void stop() {
        watcher.reset();
        again.stop();
        watch.stop();
        sweep.stop();
        if (daemon == nullptr) {
            return;
        }
        for (const auto& [exchange, connection] : exchanges) {
            connection->hangup.reset();
            MHD_resume_connection(connection->handle);  // a suspended one must not outlive the library
        }
        exchanges.clear();
        MHD_stop_daemon(daemon);
        daemon = nullptr;
    }

    // The library leaves what it read and did not work through for its next run. Others of the loop get their turn
    // after so many.
    void run() {
        constexpr int runs_max = 32;
        for (int i = 0; i < runs_max; ++i) {
            MHD_run(daemon);
            MHD_UNSIGNED_LONG_LONG wait_ms = 0;
            if (MHD_get_timeout(daemon, &wait_ms) != MHD_YES || wait_ms > 0) {
                return;
            }
        }
        again.start_once(0ms);
    }

    void enter(Connection& connection, Phase phase) {
        connection.phase = phase;
        connection.since = clock.mono();
    }

    // ---- what the library calls

    static void on_connection(void* self, MHD_Connection* handle, void** context, MHD_ConnectionNotificationCode code) {
        auto& state = *static_cast<State*>(self);
        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
            auto connection = std::make_unique<Connection>();
            connection->handle = handle;
            connection->fd = descriptor_of(handle);
            state.enter(*connection, Phase::quiet);
            *context = connection.get();
            ++state.counts.accepted;
            state.connections.emplace(connection.get(), std::move(connection));
            state.cut_one_too_many();
            return;
        }
        auto* connection = static_cast<Connection*>(*context);
        state.forget(*connection);
        state.connections.erase(connection);
    }

    // The request's first line has come.
    static void* on_target(void* self, const char* target, MHD_Connection* handle) {
        auto* connection = context_of(handle);
        connection->request = HttpRequest{.target = target};
        static_cast<State*>(self)->enter(*connection, Phase::receiving);
        return nullptr;
    }

    // First with the headers, then with each piece of the body, then when it is whole, and again after each resumption.
    static MHD_Result on_request(void* self, MHD_Connection* handle, const char*, const char* method, const char*,
                                 const char* piece, size_t* piece_size, void**) {
        auto& state = *static_cast<State*>(self);
        auto& connection = *context_of(handle);
        if (!connection.has_head) {
            connection.has_head = true;
            return state.take_head(connection, method);
        }
        if (*piece_size > 0) {
            const bool is_heard = state.take_piece(connection, {piece, *piece_size});
            *piece_size = 0;
            return is_heard ? MHD_YES : MHD_NO;
        }
        return state.take_whole(connection);
    }

    static void on_completed(void* self, MHD_Connection* handle, void**, MHD_RequestTerminationCode) {
        auto& state = *static_cast<State*>(self);
        auto& connection = *context_of(handle);
        state.forget(connection);
        connection.has_head = false;
        connection.body_bytes = 0;
        connection.request = {};
        connection.response.reset();
        state.enter(connection, Phase::quiet);
    }

    // ---- a request's way

    MHD_Result take_head(Connection& connection, const char* method) const {
        auto& request = connection.request;
        request.method = method;
        request.host = header_of(connection.handle, MHD_HTTP_HEADER_HOST);
        request.authorization = header_of(connection.handle, MHD_HTTP_HEADER_AUTHORIZATION);
        request.accept = header_of(connection.handle, MHD_HTTP_HEADER_ACCEPT);
        request.content_type = header_of(connection.handle, MHD_HTTP_HEADER_CONTENT_TYPE);
        if (told_length(connection.handle) > limits.body_max.count * overflow_factor) {
            return queue_response(connection.handle, body_too_large(limits.body_max));
        }
        return MHD_YES;
    }

    bool take_piece(Connection& connection, std::string_view piece) const {
        connection.body_bytes += piece.size();
        if (connection.body_bytes <= limits.body_max.count) {
            connection.request.body += piece;
            return true;
        }
        connection.request.body.clear();
        return connection.body_bytes <= limits.body_max.count * overflow_factor;
    }

    MHD_Result take_whole(Connection& connection) {
        if (connection.is_gone) {
            return MHD_NO;
        }
        if (connection.body_bytes > limits.body_max.count) {
            connection.response = body_too_large(limits.body_max);
        } else if (connection.phase == Phase::receiving) {
            hand_on(connection);
        }
        if (connection.response) {
            enter(connection, Phase::sending);
            return send(connection, std::move(*std::exchange(connection.response, std::nullopt)));
        }
        suspend(connection);
        return MHD_YES;
    }

    MHD_Result send(Connection& connection, HttpResponse response) {
        if (unread_bytes + response.body.size() > limits.unread_max.count) {
            response = error_response(
                {ApiErrorKind::unavailable, "too many answers are not read yet: ask again", {{"Retry-After", "5"}}});
        }
        connection.unread = response.body.size();
        unread_bytes += connection.unread;
        return queue_response(connection.handle, std::move(response));
    }

    void hand_on(Connection& connection) {
        enter(connection, Phase::waiting);
        connection.exchange = ++last_exchange;
        exchanges.emplace(connection.exchange, &connection);
        app.take(connection.exchange, std::move(connection.request), *owner);
    }

    void suspend(Connection& connection) {
        MHD_suspend_connection(connection.handle);
        connection.is_suspended = true;
        if (!std::exchange(is_watch_due, true)) {
            watch.start_once(unwatched_max);
        }
    }

    void watch_suspended() {
        is_watch_due = false;
        for (const auto& [exchange, connection] : exchanges) {
            if (connection->is_suspended && !connection->hangup) {
                connection->hangup =
                    std::make_unique<HangupWatcher>(loop, connection->fd, [this, connection] { leave(*connection); });
            }
        }
    }

    // Its client left while it waited.
    void leave(Connection& connection) {
        const auto exchange = connection.exchange;
        connection.is_gone = true;
        wake(connection);
        app.gone(exchange);
    }

    // Its descriptor does not tell of a resumption, and this may be called from inside of the library.
    void wake(Connection& connection) {
        exchanges.erase(connection.exchange);
        connection.hangup.reset();
        connection.is_suspended = false;
        MHD_resume_connection(connection.handle);
        again.start_once(0ms);
    }

    void answer(ExchangeId exchange, HttpResponse response) {
        const auto found = exchanges.find(exchange);
        if (found == exchanges.end()) {
            return;
        }
        auto& connection = *found->second;
        connection.response = std::move(response);
        if (connection.is_suspended) {
            wake(connection);
        } else {
            exchanges.erase(found);  // during take(): it goes on at once
        }
    }

    // The connection ends, or its request does, otherwise than by an answer.
    void forget(Connection& connection) {
        connection.hangup.reset();
        unread_bytes -= std::exchange(connection.unread, 0);
        if (exchanges.erase(connection.exchange) > 0) {
            app.gone(connection.exchange);
        }
    }

    // ---- who is cut

    void cut(Connection& connection) {
        ++counts.cut;
        ::shutdown(connection.fd, SHUT_RDWR);  // the library sees its end and closes it
        enter(connection, connection.phase);   // once is enough
    }

    milliseconds allowed(Phase phase) const {
        switch (phase) {
            case Phase::quiet:
                return limits.quiet_max;
            case Phase::receiving:
                return limits.receive_max;
            case Phase::sending:
                return limits.send_max;
            case Phase::waiting:
                break;
        }
        return milliseconds::max();  // the app's limit holds
    }

    void cut_late() {
        const auto now = clock.mono();
        for (const auto& [connection, owned] : connections) {
            if (connection->phase != Phase::waiting && now - connection->since > allowed(connection->phase)) {
                cut(*connection);
            }
        }
        run();
    }

    // Somebody who only listens makes way for who comes; the newest when all are at work.
    void cut_one_too_many() {
        if (connections.size() <= limits.connections_max) {
            return;
        }
        Connection* oldest = nullptr;
        Connection* newest = nullptr;
        for (const auto& [connection, owned] : connections) {
            const bool is_idle = connection->phase == Phase::quiet || connection->phase == Phase::receiving;
            if (is_idle && (oldest == nullptr || connection->since < oldest->since)) {
                oldest = connection;
            }
            newest = newest == nullptr || connection->since >= newest->since ? connection : newest;
        }
        cut(oldest != nullptr ? *oldest : *newest);
    }
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {
    state_->owner = this;
}

HttpServer::~HttpServer() {
    state_->stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(Loop& loop, const Clock& clock, const ListenAddress& where,
                                                     HttpApp& app, HttpLimits limits) {
    VIGIE_ASSERT(loop.on_thread());
    VIGIE_TRY(auto listener, listen_on(where));
    const auto endpoint = listener.endpoint;
    std::unique_ptr<HttpServer> server(new HttpServer(std::make_unique<State>(loop, clock, app, limits)));
    if (!server->state_->start(std::move(listener))) {
        return fail(ErrorCode::io, "listen on {}: libmicrohttpd does not start", endpoint);
    }
    return server;
}

void HttpServer::answer(ExchangeId exchange, HttpResponse response) {
    VIGIE_ASSERT(state_->loop.on_thread());
    state_->answer(exchange, std::move(response));
}

const std::string& HttpServer::endpoint() const {
    return state_->endpoint;
}

HttpCounts HttpServer::counts() const {
    auto counts = state_->counts;
    counts.connections = state_->connections.size();
    return counts;
}

void HttpServer::cut_late() {
    state_->cut_late();
}

}  // namespace vigie::controller::web

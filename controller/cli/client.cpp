// One connection, one line each way.
#include "controller/cli/client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {
namespace {

// An answer larger than this is a mistake of the query, not something to read.
constexpr size_t answer_bytes_max = 256 << 20;
// A controller out of descriptors hangs up on whoever comes, for as long as it takes to hang up on somebody else.
constexpr int attempts_max = 20;
constexpr milliseconds attempts_apart{100};

Result<Fd> connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return fail(ErrorCode::too_large, "socket path {} is longer than the kernel allows", path);
    }
    path.copy(address.sun_path, path.size());
    Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) {
        return fail(errno_error(errno, "socket"));
    }
    timeval limit{.tv_sec = answer_seconds_max, .tv_usec = 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        return fd;
    }
    if (errno == EACCES) {
        return fail(ErrorCode::denied, "controller at {}: permission denied; ask to join its operators' group", path);
    }
    return fail(ErrorCode::unavailable,
                "no controller answers at {}: start vigie-controller, or name its socket with --socket", path);
}

// Nothing where the controller hung up before it read the request: the kernel tells that apart from an end without an
// answer, after which nobody knows what was done.
Result<std::optional<std::string>> read_line(int fd) {
    std::string line;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto got = read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == ECONNRESET && line.empty()) {
            return std::nullopt;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return fail(ErrorCode::timed_out, "the controller gave no answer within {} s", answer_seconds_max);
        }
        if (got <= 0) {
            return fail(ErrorCode::unavailable, "the controller ended the connection without an answer");
        }
        line.append(buffer.data(), static_cast<size_t>(got));
        if (line.back() == '\n') {
            line.pop_back();
            return line;
        }
        if (line.size() > answer_bytes_max) {
            return fail(ErrorCode::too_large, "the answer is too large: ask for less");
        }
    }
}

// As read_line.
Result<std::optional<std::string>> ask_once(const std::string& socket_path, const std::string& line) {
    VIGIE_TRY(const auto fd, connect_to(socket_path));
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto sent = send(fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            if (errno == EPIPE && rest.size() == line.size()) {
                return std::nullopt;
            }
            return fail(ErrorCode::unavailable, "the controller at {} does not take the request", socket_path);
        }
        rest.remove_prefix(sent > 0 ? static_cast<size_t>(sent) : 0);
    }
    return read_line(fd.get());
}

}  // namespace

Result<Json> ask_controller(const std::string& socket_path, const Request& request,
                            const std::function<void(milliseconds)>& pause) {
    const auto line = encode_request(request) + "\n";
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        VIGIE_TRY(const auto answer, ask_once(socket_path, line));
        if (answer) {
            return decode_answer(*answer);
        }
        pause(attempts_apart);
    }
    return fail(ErrorCode::unavailable,
                "the controller at {} hung up {} times before it read the request: it is out of descriptors or ends",
                socket_path, attempts_max);
}

}  // namespace vigie::controller

// One connection, one line each way.
#include "controller/cli/client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {
namespace {

// An answer larger than this is a mistake of the query, not something to read.
constexpr size_t answer_bytes_max = 256 << 20;

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

Result<std::string> read_line(int fd) {
    std::string line;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto got = read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
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

}  // namespace

Result<Json> ask_controller(const std::string& socket_path, const Request& request) {
    VIGIE_TRY(const auto fd, connect_to(socket_path));
    auto line = encode_request(request) + "\n";
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto sent = send(fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return fail(ErrorCode::unavailable, "the controller at {} does not take the request", socket_path);
        }
        rest.remove_prefix(sent > 0 ? static_cast<size_t>(sent) : 0);
    }
    VIGIE_TRY(const auto answer, read_line(fd.get()));
    return decode_answer(answer);
}

}  // namespace vigie::controller

// A blocking socket with the kernel's own timeouts (socket(7)).
#include "agent/push/push_client.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"
#include "shared/os/socket_address.hpp"

namespace vigie::agent {
namespace {

constexpr size_t answer_bytes_max = 8'192;

Result<Fd> connect_to(const std::string& path, milliseconds timeout) {
    VIGIE_TRY(const auto address, unix_address(path));
    Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) {
        return fail(errno_error(errno, "open a socket"));
    }
    timeval limit{};
    limit.tv_sec = timeout.count() / 1'000;
    limit.tv_usec = timeout.count() % 1'000 * 1'000;
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd.get(), address.raw(), address.size) == 0) {
        return fd;
    }
    if (errno == ENOENT || errno == ECONNREFUSED) {
        return fail(
            ErrorCode::unavailable,
            "no agent listens at {}: is vigie-agent running, with this socket under push: in its configuration?", path);
    }
    if (errno == EAGAIN) {
        return fail(ErrorCode::timed_out, "the agent at {} takes no connection", path);
    }
    return fail(errno_error(errno, "connect to " + path));
}

}  // namespace

Result<void> push_to_agent(const std::string& socket_path, const PushRequest& request, milliseconds timeout) {
    VIGIE_TRY(const auto fd, connect_to(socket_path, timeout));
    VIGIE_CHECK(write_all(fd.get(), write_push_line(request) + "\n", socket_path));
    std::string answer;
    std::array<char, 1'024> buffer{};
    while (answer.find('\n') == std::string::npos && answer.size() < answer_bytes_max) {
        const auto got = read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == EAGAIN) {
            return fail(ErrorCode::timed_out,
                        "the agent at {} did not answer within {}: it may have taken the value or not", socket_path,
                        format_duration(timeout));
        }
        if (got <= 0) {
            return fail(ErrorCode::unavailable,
                        "the agent at {} ended without an answer: it may have taken the value or not", socket_path);
        }
        answer.append(buffer.data(), static_cast<size_t>(got));
    }
    return parse_push_answer(std::string_view(answer).substr(0, answer.find('\n')));
}

}  // namespace vigie::agent

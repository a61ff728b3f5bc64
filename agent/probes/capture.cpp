// fork(2), a pipe, poll(2).
#include "agent/probes/capture.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "shared/os/fd.hpp"

namespace vigie::agent {
namespace {

constexpr size_t output_bytes_max = 64 * 1024;
constexpr int exit_not_started = 127;

[[noreturn]] void become(const std::vector<std::string>& argv, int output) {
    std::vector<char*> words;
    for (const auto& word : argv) {
        words.push_back(const_cast<char*>(word.c_str()));
    }
    words.push_back(nullptr);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (const int null = open("/dev/null", O_RDONLY | O_CLOEXEC); null >= 0) {
        dup2(null, STDIN_FILENO);
    }
    dup2(output, STDOUT_FILENO);
    execvp(words[0], words.data());
    fmt::print(stderr, "{}\n", errno_error(errno, "run " + argv[0]).message);
    _exit(exit_not_started);
}

Result<std::string> read_until_closed(int fd, const Clock& clock, MonoTime deadline, const std::string& program) {
    std::string output;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - clock.mono()).count();
        pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
        if (left <= 0 || poll(&entry, 1, static_cast<int>(std::min<int64_t>(left, 60'000))) == 0) {
            if (clock.mono() < deadline) {
                continue;
            }
            return fail(ErrorCode::timed_out, "{}: timed out", program);
        }
        const auto got = read(fd, buffer.data(), buffer.size());
        if (got == 0) {
            return output;
        }
        if (got < 0 && errno != EINTR) {
            return fail(errno_error(errno, "read from " + program));
        }
        output.append(buffer.data(), got > 0 ? static_cast<size_t>(got) : 0);
        if (output.size() > output_bytes_max) {
            return fail(ErrorCode::too_large, "{}: printed more than {} bytes", program, output_bytes_max);
        }
    }
}

}  // namespace

Result<std::string> capture(const std::vector<std::string>& argv, const Clock& clock, MonoTime deadline) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail(errno_error(errno, "pipe for " + argv[0]));
    }
    const Fd output(ends[0]);
    Fd input(ends[1]);
    const auto child = fork();
    if (child < 0) {
        return fail(errno_error(errno, "run " + argv[0]));
    }
    if (child == 0) {
        become(argv, input.get());
    }
    input.reset();
    auto read = read_until_closed(output.get(), clock, deadline, argv[0]);
    if (!read) {
        kill(child, SIGKILL);
    }
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    return read;
}

}  // namespace vigie::agent

#include "agent/logs/scripts.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "shared/os/fd.hpp"

namespace vigie::agent::logs {
namespace {

Result<pid_t> start(const Script& script) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    sigset_t none;
    sigemptyset(&none);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);  // a script must not inherit that the worker ignores SIGPIPE
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    auto copy = script;
    std::string shell = "sh";
    std::string option = "-c";
    std::string zero = "logrotate_script";  // $0, as logrotate gives it
    std::array<char*, 7> words{shell.data(),      option.data(),      copy.text.data(), zero.data(),
                               copy.first.data(), copy.second.data(), nullptr};
    if (copy.second.empty()) {
        words[5] = nullptr;
    }
    pid_t pid = 0;
    const int error = posix_spawn(&pid, "/bin/sh", &actions, &attributes, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        return fail(errno_error(error, "start /bin/sh for " + script.name));
    }
    return pid;
}

// True when the process ended in time. The pidfd can be polled, so no signal handler is needed.
bool wait_for_end(pid_t pid, milliseconds timeout) {
    const Fd watch(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    pollfd entry{watch.get(), POLLIN, 0};
    constexpr milliseconds longest{24h};  // fits an int of milliseconds
    const auto limit = static_cast<int>(std::min(timeout, longest).count());
    int ready = 0;
    do {
        ready = poll(&entry, 1, limit);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

}  // namespace

Result<void> run_script(const Script& script, milliseconds timeout) {
    VIGIE_TRY(const auto pid, start(script));
    const bool has_ended = wait_for_end(pid, timeout);
    if (!has_ended) {
        kill(-pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!has_ended) {
        return fail(ErrorCode::timed_out, "{} took longer than {} and was killed with its children", script.name,
                    format_duration(timeout));
    }
    if (WIFSIGNALED(status)) {
        return fail(ErrorCode::io, "{} was killed by signal {}", script.name, WTERMSIG(status));
    }
    if (WEXITSTATUS(status) != 0) {
        return fail(ErrorCode::io, "{} ended with status {}", script.name, WEXITSTATUS(status));
    }
    return {};
}

}  // namespace vigie::agent::logs

#include "agent/logs/scripts.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/signalfd.h>
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
    if (!script.keeps_stdout) {
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    }
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

constexpr milliseconds end_grace{2000};  // for a script that is told to end, before it is killed

// Holds back the signals by which the daemon ends this process, or the kernel when the daemon is gone: the script leads
// a group of its own, which they do not reach. They arrive when this object goes.
class EndingSignals {
  public:
    EndingSignals() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        sigprocmask(SIG_BLOCK, &signals_, &before_);
        arrived_ = Fd(signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    ~EndingSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    EndingSignals(const EndingSignals&) = delete;
    EndingSignals& operator=(const EndingSignals&) = delete;
    int fd() const { return arrived_.get(); }

  private:
    sigset_t signals_{};
    sigset_t before_{};
    Fd arrived_;  // never read, so that what came stays pending
};

enum class Ending { ended, timed_out, interrupted };

// The pidfd can be polled, so no signal handler is needed. `signals` may be -1.
Ending wait_for_end(pid_t pid, milliseconds timeout, int signals) {
    const Fd watch(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    std::array<pollfd, 2> entries{{{watch.get(), POLLIN, 0}, {signals, POLLIN, 0}}};
    constexpr milliseconds longest{24h};  // fits an int of milliseconds
    const auto limit = static_cast<int>(std::min(timeout, longest).count());
    int ready = 0;
    do {
        ready = poll(entries.data(), entries.size(), limit);
    } while (ready < 0 && errno == EINTR);
    return entries[0].revents != 0 ? Ending::ended : entries[1].revents != 0 ? Ending::interrupted : Ending::timed_out;
}

}  // namespace

Result<void> run_script(const Script& script, milliseconds timeout) {
    const EndingSignals signals;
    VIGIE_TRY(const auto pid, start(script));
    const auto ending = wait_for_end(pid, timeout, signals.fd());
    if (ending == Ending::interrupted) {
        kill(-pid, SIGTERM);
        static_cast<void>(wait_for_end(pid, end_grace, -1));
    }
    if (ending != Ending::ended) {
        kill(-pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (ending == Ending::interrupted) {
        return fail(ErrorCode::cancelled, "{} was ended with this run", script.name);
    }
    if (ending == Ending::timed_out) {
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

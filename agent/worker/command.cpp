// exec(2), and a watcher that waits for two signals.
#include "agent/worker/command.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "shared/core/error.hpp"

namespace vigie::agent {
namespace {
constexpr int exit_usage = 2;
// As the daemon gives a run that it ends itself.
constexpr timespec orphan_grace{.tv_sec = 10, .tv_nsec = 0};

// That the program never began. As of a shell, and none of what a plugin's 0 to 3 mean.
int refuse(const std::string& program, int error) {
    fmt::print(stderr, "vigie-worker: {}\n", errno_error(error, "run " + program).message);
    return error == ENOENT || error == ENOTDIR ? exit_not_found : exit_not_run;
}

int become(const std::vector<char*>& words) {
    signal(SIGPIPE, SIG_DFL);
    execvp(words[0], words.data());
    return refuse(words[0], errno);
}

// Ends as the program ended, so that the daemon reports its signal and not one of ours.
int end_like(int status) {
    if (WIFSIGNALED(status)) {
        const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
        setrlimit(RLIMIT_CORE, &no_core);
        sigset_t all;
        sigfillset(&all);
        signal(WTERMSIG(status), SIG_DFL);
        sigprocmask(SIG_UNBLOCK, &all, nullptr);
        raise(WTERMSIG(status));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// `watched` are SIGCHLD and SIGTERM, both blocked. A SIGTERM while the parent lives was sent to the whole group, so the
// program has it too and decides by itself when to end.
int watch(pid_t program, pid_t parent, const sigset_t& watched) {
    bool is_orphan = false;
    for (;;) {
        int status = 0;
        if (waitpid(program, &status, WNOHANG) == program) {
            if (is_orphan) {
                kill(0, SIGKILL);  // whoever of the group is left, and this process
            }
            return end_like(status);
        }
        siginfo_t arrived{};
        const int got = is_orphan ? sigtimedwait(&watched, &arrived, &orphan_grace) : sigwaitinfo(&watched, &arrived);
        if (is_orphan && got < 0 && errno == EAGAIN) {
            kill(0, SIGKILL);
        }
        if (got == SIGTERM && !is_orphan && getppid() != parent) {
            is_orphan = true;
            kill(0, SIGTERM);
        }
    }
}

int supervise(const std::vector<char*>& words) {
    sigset_t watched;
    sigset_t before;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_BLOCK, &watched, &before);
    if (getpgrp() != getpid()) {
        setpgid(0, 0);  // the group that is ended must be ours alone
    }
    const auto parent = getppid();
    const auto program = fork();
    if (program < 0) {
        return refuse(words[0], errno);
    }
    if (program == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);  // should this watcher itself be killed
        sigprocmask(SIG_SETMASK, &before, nullptr);
        _exit(become(words));
    }
    return watch(program, parent, watched);
}
}  // namespace

int run_command(std::vector<std::string> argv, bool is_for_daemon) {
    if (!argv.empty() && argv[0] == "--") {
        argv.erase(argv.begin());
    }
    if (argv.empty()) {
        fmt::print(stderr, "vigie-worker: command: name a program\n");
        return exit_usage;
    }
    std::vector<char*> words;
    for (auto& word : argv) {
        words.push_back(word.data());
    }
    words.push_back(nullptr);
    return is_for_daemon ? supervise(words) : become(words);
}

}  // namespace vigie::agent

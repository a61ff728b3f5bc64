// fork and exec: this process has one thread, and posix_spawn cannot change the user of a child.
#include "agent/logs/filters.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

constexpr int exit_no_exec = 127;  // as shells have it
constexpr Bytes said_max = 4_KiB;  // of their standard error, for a message

struct Streams {
    int in;
    int out;
    int error;
    const std::string& compressed;
};

// For good: real, effective and saved ids. This process acts as the user only in its effective ones.
bool become_for_good(const Tools& tools) {
    if (!tools.is_other_user) {
        return true;
    }
    const gid_t group = tools.gid;
    return seteuid(0) == 0 && setgroups(1, &group) == 0 && setresgid(group, group, group) == 0 &&
           setresuid(tools.uid, tools.uid, tools.uid) == 0;
}

[[noreturn]] void exec_child(const std::vector<char*>& words, const Streams& streams, const Tools& tools,
                             pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    const bool is_ready = dup2(streams.in, STDIN_FILENO) >= 0 && dup2(streams.out, STDOUT_FILENO) >= 0 &&
                          dup2(streams.error, STDERR_FILENO) >= 0 && become_for_good(tools) &&
                          prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
    if (is_ready && !streams.compressed.empty()) {
        setenv("LOGROTATE_COMPRESSED_FILENAME", streams.compressed.c_str(), 1);
    }
    if (is_ready) {
        execvp(words[0], words.data());
    }
    _exit(exit_no_exec);
}

Result<pid_t> start(const Words& program, const Streams& streams, const Tools& tools) {
    std::vector<char*> words;
    for (const auto& word : program) {
        words.push_back(const_cast<char*>(word.c_str()));  // execvp's signature is older than const
    }
    words.push_back(nullptr);
    const auto parent = getpid();
    const auto pid = fork();
    if (pid == 0) {
        exec_child(words, streams, tools, parent);
    }
    if (pid < 0) {
        return fail(errno_error(errno, "start " + program[0]));
    }
    return pid;
}

Result<void> wait_for(pid_t pid, const std::string& name) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
        return fail(ErrorCode::io, "{} was killed by signal {}", name, WTERMSIG(status));
    }
    if (WEXITSTATUS(status) == exit_no_exec) {
        return fail(ErrorCode::not_found, "{} could not be started", name);
    }
    if (WEXITSTATUS(status) != 0) {
        return fail(ErrorCode::io, "{} ended with status {}", name, WEXITSTATUS(status));
    }
    return {};
}

// What was written into `file`, without the newline at its end.
std::string text_of(int file) {
    std::string text(said_max.count, '\0');
    const auto got = pread(file, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    text.erase(text.find_last_not_of(" \n") + 1);
    return text;
}

}  // namespace

Result<std::string> run_filters(const std::vector<Words>& programs, int in, int out, const Tools& tools,
                                const std::string& compressed) {
    const Fd said(memfd_create("vigie-said", MFD_CLOEXEC));
    if (!said) {
        return fail(errno_error(errno, "make room for what a program says"));
    }
    std::vector<pid_t> pids;
    Result<void> ended;
    Fd before;  // the reading end of the pipe that the program before writes to
    for (size_t i = 0; i < programs.size() && ended; ++i) {
        std::array<int, 2> ends{-1, -1};
        if (i + 1 < programs.size() && pipe2(ends.data(), O_CLOEXEC) != 0) {
            ended = fail(errno_error(errno, "make a pipe"));
            break;
        }
        Fd next(ends[0]);
        const Fd write_end(ends[1]);
        const auto pid =
            start(programs[i], {before ? before.get() : in, write_end ? write_end.get() : out, said.get(), compressed},
                  tools);
        if (pid) {
            pids.push_back(*pid);
        } else {
            ended = fail(pid.error());
        }
        before = std::move(next);
    }
    before = Fd();
    for (size_t i = 0; i < pids.size(); ++i) {
        const auto one = wait_for(pids[i], programs[i][0]);
        ended = ended ? one : ended;
    }
    auto text = text_of(said.get());
    if (!ended) {
        return fail(ended.error().code, "{}{}{}", ended.error().message, text.empty() ? "" : ": ", text);
    }
    return text;
}

Words split_at_spaces(std::string_view text) {
    Words words;
    for (size_t at = 0; (at = text.find_first_not_of(" \t", at)) != text.npos;) {
        const auto end = std::min(text.find_first_of(" \t", at), text.size());
        words.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

}  // namespace vigie::agent::logs

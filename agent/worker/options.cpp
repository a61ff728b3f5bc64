// Common options of the worker, and their effect on this process.
#include "agent/worker/options.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>

namespace vigie::agent {
namespace {
Result<int> parse_number(std::string_view option, std::string_view text, int min, int max) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < min || value > max) {
        return fail(ErrorCode::malformed, "{}: '{}' is not a number from {} to {}", option, text, min, max);
    }
    return value;
}

Result<IoClass> parse_io_class(std::string_view text) {
    if (text == "none") {
        return IoClass::unchanged;
    }
    if (text == "idle") {
        return IoClass::idle;
    }
    if (text == "best-effort") {
        return IoClass::best_effort;
    }
    return fail(ErrorCode::malformed, "--ionice: '{}' is not idle, best-effort or none", text);
}

Result<void> read_option(const std::string& option, const std::string& value, WorkerOptions& options) {
    if (option == "--nice") {
        VIGIE_TRY(options.nice, parse_number(option, value, -20, 19));
    } else if (option == "--ionice") {
        VIGIE_TRY(options.io_class, parse_io_class(value));
    } else if (option == "--progress-fd") {
        VIGIE_TRY(options.progress_fd, parse_number(option, value, 3, 1023));
    } else {
        return fail(ErrorCode::malformed, "unknown option {}", option);
    }
    return {};
}

// True of a pipe whose other end is closed: a parent that died before it could be asked for a signal leaves this sign.
bool is_without_reader(int pipe) {
    pollfd entry{.fd = pipe, .events = 0, .revents = 0};
    return poll(&entry, 1, 0) == 1 && (entry.revents & POLLERR) != 0;
}

// From linux/ioprio.h, which not every libc has: the class stands above 13 bits of level.
void set_io_class(IoClass wanted) {
    constexpr int who_process = 1;
    constexpr int class_shift = 13;
    constexpr int class_best_effort = 2;
    constexpr int class_idle = 3;
    constexpr int level_lowest = 7;
    const int value =
        wanted == IoClass::idle ? class_idle << class_shift : class_best_effort << class_shift | level_lowest;
    static_cast<void>(syscall(SYS_ioprio_set, who_process, 0, value));
}
}  // namespace

Result<WorkerOptions> parse_worker_options(const std::vector<std::string>& args) {
    WorkerOptions options;
    size_t at = 0;
    while (at < args.size() && args[at].starts_with("--") && args[at] != "--help" && args[at] != "--version") {
        if (args[at] == "--die-with-parent") {
            options.dies_with_parent = true;
            ++at;
            continue;
        }
        if (at + 1 == args.size()) {
            return fail(ErrorCode::malformed, "{} needs a value", args[at]);
        }
        VIGIE_CHECK(read_option(args[at], args[at + 1], options));
        at += 2;
    }
    options.verb.assign(args.begin() + static_cast<std::ptrdiff_t>(at), args.end());
    if (options.verb.empty()) {
        return fail(ErrorCode::malformed, "say what to do: backup, logs rotate, check or command");
    }
    return options;
}

Result<void> apply(const WorkerOptions& options) {
    if (options.dies_with_parent) {
        // SIGTERM, so that a command and a rotation's script get to end theirs. A backup just dies: the next run takes
        // its lock over and its packs up.
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) {
            return fail(errno_error(errno, "ask for a signal at the parent's end"));
        }
        if (options.progress_fd && is_without_reader(*options.progress_fd)) {
            return fail(ErrorCode::cancelled, "the agent ended before its worker began");
        }
    }
    if (options.nice && setpriority(PRIO_PROCESS, 0, *options.nice) != 0) {
        return fail(errno_error(errno, fmt::format("set nice to {}", *options.nice)));
    }
    if (options.io_class != IoClass::unchanged) {
        set_io_class(options.io_class);
    }
    if (options.progress_fd) {
        // Not for the commands that are run from here.
        if (fcntl(*options.progress_fd, F_SETFD, FD_CLOEXEC) != 0) {
            return fail(errno_error(errno, fmt::format("descriptor {} for progress", *options.progress_fd)));
        }
    }
    return {};
}

}  // namespace vigie::agent

// vigie-worker: one verb, in a process of its own.
#include <signal.h>
#include <unistd.h>

#include <iostream>

#include "agent/backup/cli.hpp"
#include "agent/logs/cli.hpp"
#include "agent/probes/fetch_main.hpp"
#include "agent/probes/post_main.hpp"
#include "agent/probes/probe_main.hpp"
#include "agent/worker/command.hpp"
#include "agent/worker/options.hpp"
#include "agent/worker/progress_pipe.hpp"

namespace vigie::agent {
namespace {
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_partial = 3;

constexpr std::string_view usage =
    "vigie-worker [--nice N] [--ionice idle|best-effort|none] VERB [ARGUMENT]...\n"
    "Does one piece of work for vigie-agent, in a process of its own.\n"
    "  backup …           what `vigie-agent backup` does; backup --help says what\n"
    "  logs rotate …      what `vigie-agent logs rotate` does\n"
    "  check KIND …       one health check, as a Nagios plugin: check tcp --port=22 --timeout=2s\n"
    "  command -- PROGRAM [ARGUMENT]...\n"
    "                     becomes that program; 127 when it is not there, 126 when it can't be started\n"
    "  fetch, post        HTTP of the agent's\n"
    "  --help, --version\n";

int refuse(std::string_view message) {
    fmt::print(stderr, "vigie-worker: {}\n", message);
    return exit_usage;
}

int run_rotation(const std::vector<std::string>& args, bool is_for_daemon) {
    const int status = logs::rotate_main(args);
    // Of rotation 3 says that another one is running; to the daemon 3 means "in part".
    return is_for_daemon && status == exit_partial ? exit_failure : status;
}

int run_logs(const std::vector<std::string>& verb, bool is_for_daemon) {
    if (verb.size() >= 2 && verb[1] == "rotate") {
        return run_rotation({verb.begin() + 2, verb.end()}, is_for_daemon);
    }
    if (verb.size() >= 2 && (verb[1] == "--help" || verb[1] == "-h")) {
        return run_rotation({verb[1]}, false);
    }
    fmt::print(stderr, "logs: {}\nsuch as: vigie-agent logs rotate --dry-run /etc/logrotate.d/app\n",
               verb.size() < 2 ? "say what to do: rotate is all there is"
                               : fmt::format("unknown verb '{}': rotate is all there is", verb[1]));
    return exit_usage;
}

int run_backup(const std::vector<std::string>& args, ProgressPipe& pipe) {
    return backup::backup_main(args, [&pipe](const backup::Progress& at) {
        pipe.send({.run_id = {}, .done = at.done, .total = at.total, .unit = at.unit, .doing = at.doing});
    });
}

int work(const std::vector<std::string>& args) {
    const auto options = parse_worker_options(args);
    if (!options) {
        return refuse(options.error().message);
    }
    signal(SIGPIPE, SIG_IGN);  // a write to a reader that has gone is an error, not an end
    if (const auto applied = apply(*options); !applied) {
        return refuse(applied.error().message);
    }
    const auto& verb = options->verb;
    if (verb[0] == "--help" || verb[0] == "-h" || verb[0] == "--version") {
        fmt::print("{}", verb[0] == "--version" ? std::string_view("vigie-worker " VIGIE_VERSION "\n") : usage);
        return 0;
    }
    const auto rest_after = [&verb](size_t words) {
        return std::vector<std::string>(verb.begin() + static_cast<std::ptrdiff_t>(words), verb.end());
    };
    if (verb[0] == "command") {
        return run_command(rest_after(1), options->dies_with_parent);
    }
    if (verb[0] == "logs") {
        return run_logs(verb, options->dies_with_parent);
    }
    if (verb[0] == "backup") {
        ProgressPipe pipe(options->progress_fd);
        return run_backup(rest_after(1), pipe);
    }
    if (verb[0] == "check") {
        const SystemClock clock;
        return probe_main(rest_after(1), {.clock = clock, .procfs = "/proc"}, std::cout);
    }
    if (verb[0] == "fetch") {
        return fetch_main(rest_after(1), options->progress_fd.value_or(STDOUT_FILENO));
    }
    if (verb[0] == "post") {
        return post_main(rest_after(1));
    }
    return refuse(
        fmt::format("unknown verb '{}': there are backup, logs rotate, check, fetch, post and command", verb[0]));
}
}  // namespace
}  // namespace vigie::agent

int main(int argc, char** argv) {
    return vigie::agent::work(std::vector<std::string>(argv + 1, argv + argc));
}

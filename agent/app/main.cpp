// vigie-agent: words to calls. CLI11's door on this side.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "agent/app/backup_words.hpp"
#include "agent/app/check_words.hpp"
#include "agent/app/daemon.hpp"
#include "agent/app/metrics_words.hpp"
#include "agent/app/push_words.hpp"
#include "agent/app/worker_exec.hpp"
#include "agent/config/apps_check.hpp"
#include "agent/config/path_check.hpp"
#include "agent/link/pinned_keys.hpp"
#include "agent/push/push_client.hpp"
#include "shared/core/unknown_command.hpp"
#include "shared/log/log.hpp"

namespace {

using namespace vigie;
using namespace vigie::agent;

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_denied = 4;
constexpr int exit_unreachable = 5;
constexpr int exit_findings = 6;

struct Options {
    std::string config = "/etc/vigie/agent.conf.d";
    std::string host;
    std::string controller;
    std::string controller_key;
    std::string token_file;
    std::string timeout = "10s";
    bool is_syntax_only = false;
    MetricsWords metrics;
    bool is_config_named = false;
    PushWords push;
    std::vector<std::string> checks;
    bool is_all_checks = false;
};

int report(const Error& error) {
    fmt::print(stderr, "vigie-agent: {}\n", error.message);
    return error.code == ErrorCode::denied                                              ? exit_denied
           : error.code == ErrorCode::timed_out || error.code == ErrorCode::unavailable ? exit_unreachable
                                                                                        : exit_failure;
}

Result<void> open_log(const AgentConfig& config) {
    VIGIE_TRY(const auto level, log::parse_level(config.log_level));
    log::set_level(level);
    return config.log_file.empty() ? Result<void>{} : log::open_file(config.log_file);
}

Result<void> run(const Options& options) {
    SystemFiles files;
    VIGIE_TRY(const auto config, load_agent_config(files, options.config));
    VIGIE_CHECK(open_log(config));
    auto ended = run_daemon(config, options.config);
    if (!ended && !config.log_file.empty()) {  // else standard error has it from main
        log::error("{}", ended.error().message);
    }
    return ended;
}

Result<void> enrol_host(const Options& options) {
    SystemFiles files;
    const SystemClock clock;
    VIGIE_TRY(const auto config, load_agent_config(files, options.config));
    VIGIE_TRY(const auto timeout, parse_duration(options.timeout).map_error([](Error e) { return e.at("--timeout"); }));
    VIGIE_TRY(auto token, read_token(options.token_file));
    VIGIE_CHECK(files.make_directories(config.state_dir, 0700));
    VIGIE_TRY(const auto identity, enrol({.endpoint = options.controller,
                                          .controller_key = options.controller_key,
                                          .host = options.host,
                                          .token = std::move(token),
                                          .folder = identity_folder(config),
                                          .timeout = timeout},
                                         files, clock));
    fmt::print("{} is enrolled; its controller is {}\n", identity.agent.value, identity.endpoint);
    return {};
}

Result<void> trust(const Options& options) {
    SystemFiles files;
    VIGIE_TRY(const auto config, load_agent_config(files, options.config));
    VIGIE_CHECK(trust_controller(files, identity_folder(config), options.controller_key));
    fmt::print("the controller's key {} is trusted; a running agent reads it on SIGHUP\n",
               protocol::fingerprint_of(options.controller_key));
    return {};
}

// The exit code: findings when the configuration can be read, but names what is not there.
Result<int> check_config(const Options& options) {
    SystemFiles files;
    VIGIE_TRY(const auto config, load_agent_config(files, options.config));
    VIGIE_CHECK(log::parse_level(config.log_level));
    VIGIE_TRY(const auto jobs, JobTable::make(config.jobs));
    const auto findings = options.is_syntax_only ? std::vector<std::string>{} : check_paths(config);
    for (const auto& warning : apps_warnings(config.apps)) {
        fmt::print(stderr, "{}: warning: {}\n", options.config, warning);
    }
    for (const auto& finding : findings) {
        fmt::print(stderr, "{}\n", finding);
    }
    if (!findings.empty()) {
        fmt::print(stderr, "{}: can be read; {} {}\n", options.config, findings.size(),
                   findings.size() == 1 ? "finding" : "findings");
        return exit_findings;
    }
    fmt::print("{}: good; {} jobs{}\n", options.config, jobs.names().size(),
               config.checks.empty() ? "" : fmt::format(", {} checks", config.checks.size()));
    return 0;
}

// Without a configuration the defaults hold: a look at the host needs no enrolment.
Result<void> show_metrics(const Options& options) {
    SystemFiles files;
    AgentConfig config;
    if (files.is_present(options.config) || options.is_config_named) {
        VIGIE_TRY(config, load_agent_config(files, options.config));
    }
    VIGIE_TRY(const auto text, print_metrics(config, options.metrics));
    return write_metrics(STDOUT_FILENO, text);
}

Result<void> push_value(const Options& options, const PreparedPush& push) {
    auto socket = options.push.socket;
    if (socket.empty()) {
        SystemFiles files;
        VIGIE_TRY(const auto config, load_agent_config(files, options.config));
        VIGIE_TRY(socket, push_socket_of(config, options.config));
    }
    return push_to_agent(socket, push.request, push.timeout);
}

// The exit code: wrong words are wrong usage.
int run_push(const Options& options) {
    const auto prepared = prepare_push(options.push);
    if (!prepared) {
        report(prepared.error());
        return exit_usage;
    }
    const auto pushed = push_value(options, *prepared);
    return pushed ? 0 : report(pushed.error());
}

std::string own_path() {
    std::array<char, 4096> path{};
    const auto size = readlink("/proc/self/exe", path.data(), path.size());
    return size > 0 ? std::string(path.data(), static_cast<size_t>(size)) : std::string("vigie-agent");
}

// With the worker that the configuration names, else the one beside this program.
int run_checks_by_hand(const Options& options) {
    if (options.checks.empty() != options.is_all_checks) {
        fmt::print(stderr, "vigie-agent: checks run: name checks, or give --all, not both\n");
        return exit_usage;
    }
    SystemFiles files;
    const auto config = load_agent_config(files, options.config);
    if (!config) {
        return report(config.error());
    }
    const auto worker = config->worker == AgentConfig{}.worker ? find_worker(own_path()) : config->worker;
    const auto worst = run_checks(*config, worker, options.checks, std::cout);
    return !worst ? report(worst.error()) : *worst == CheckStatus::ok ? 0 : exit_findings;
}

// Returns only when the worker can't be started.
int run_worker(std::vector<std::string> words) {
    if (words[0] == "backup") {
        SystemFiles files;
        auto named = name_host(files, std::move(words), AgentConfig{}.state_dir);
        if (!named) {
            report(named.error());
            return exit_usage;
        }
        if (!named->note.empty()) {
            fmt::print(stderr, "note: {}\n", named->note);
        }
        words = std::move(named->words);
    }
    return report(become_worker(find_worker(own_path()), words));
}

void add_metrics(CLI::App& app, Options& options) {
    auto* metrics = app.add_subcommand("metrics", "Print one collection in Prometheus' text format");
    // An empty folder would stand for the one of this host: mostly a script's variable that is not set.
    const auto add_folder = [&](const char* name, std::string& into, const char* what) {
        metrics->add_option(name, into, what)->check([](const std::string& folder) {
            return folder.empty() ? std::string("must not be empty") : std::string();
        });
    };
    metrics->add_option("--config", options.config, "A YAML file, or a folder of them")->capture_default_str();
    add_folder("--procfs", options.metrics.procfs, "Read this folder instead of /proc");
    add_folder("--sysfs", options.metrics.sysfs, "Read this folder instead of /sys");
    add_folder("--rootfs", options.metrics.rootfs, "Where the host's / is, such as /host in a container");
    add_folder("--udev-data", options.metrics.udev_data, "Read this folder instead of /run/udev/data");
    add_folder("--textfile-directory", options.metrics.textfile_directory, "Read *.prom files of this folder");
}

void add_push(CLI::App& app, Options& options) {
    auto& words = options.push;
    auto* push = app.add_subcommand("push", "Put a value of a script's into the running agent");
    const auto is_given = [](const std::string& word) { return word.empty() ? "must not be empty" : std::string(); };
    push->add_option("NAME", words.name, "Of the metric, such as backup_last_success_seconds")->required();
    push->add_option("VALUE", words.value, "A number; of a counter what is added to it")->required();
    push->add_option("LABEL=VALUE", words.labels, "Labels of the series");
    push->add_option("--type", words.type, "gauge or counter")->capture_default_str();
    push->add_option("--config", options.config, "Where the agent's socket is named")->capture_default_str();
    push->add_option("--socket", words.socket, "The agent's socket, instead of a configuration")->check(is_given);
    push->add_option("--timeout", words.timeout, "How long to wait for the agent")->capture_default_str();
}

void add_checks(CLI::App& app, Options& options) {
    auto* checks = app.add_subcommand("checks", "Health checks of this host's configuration");
    checks->require_subcommand(1);
    auto* run = checks->add_subcommand("run", "Run checks now and print what they find; 6 when something is not OK");
    run->add_option("--config", options.config, "A YAML file, or a folder of them")->capture_default_str();
    run->add_option("NAME", options.checks, "Checks of the configuration")->check([](const std::string& name) {
        return name.empty() ? std::string("must not be empty") : std::string();
    });
    run->add_flag("--all", options.is_all_checks, "All of them, one after the other");
}

void add_commands(CLI::App& app, Options& options) {
    const auto add_config = [&](CLI::App* command) {
        command->add_option("--config", options.config, "A YAML file, or a folder of them")->capture_default_str();
    };
    add_config(app.add_subcommand("run", "Run the agent"));
    auto* enrolment = app.add_subcommand("enrol", "Give this host an identity, with a one-time token");
    add_config(enrolment);
    enrolment->add_option("--host", options.host, "The host's name in the fleet")->required();
    enrolment->add_option("--controller", options.controller, "Its enrolment port, tcp://HOST:7412")->required();
    enrolment->add_option("--controller-key", options.controller_key, "Its public key, as `vigie status` shows it")
        ->required();
    enrolment->add_option("--token-file", options.token_file, "A file with the token, or - for standard input")
        ->required();
    enrolment->add_option("--timeout", options.timeout, "How long to try to reach the controller")
        ->capture_default_str();
    auto* trusting =
        app.add_subcommand("trust", "Trust another key of the controller, where this host missed its change");
    add_config(trusting);
    trusting->add_option("KEY,--controller-key", options.controller_key, "As `vigie controller key show` prints it")
        ->required();
    auto* config = app.add_subcommand("config", "Look at the configuration");
    config->require_subcommand(1);
    auto* check = config->add_subcommand("check", "Say whether it is good, and whether what it names is there");
    check->add_option("PATH", options.config)->required();
    check->add_flag("--syntax-only", options.is_syntax_only, "Only the files' own content");
    add_metrics(app, options);
    add_push(app, options);
    add_checks(app, options);
    app.add_subcommand("backup",
                       "Back up and restore by hand: init, run, list, restore, verify, forget, prune, ls, find, …");
    app.add_subcommand("logs", "Rotate logs by hand: rotate CONFIG…");
    app.require_subcommand(1);
    app.set_version_flag("--version", "vigie-agent " VIGIE_VERSION);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (!words.empty() && (words[0] == "backup" || words[0] == "logs")) {
        return run_worker(words);
    }
    CLI::App app("Vigie's agent: metrics, backups, log rotation and jobs of this host", "vigie-agent");
    Options options;
    add_commands(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (const auto unknown = unknown_command(app, words); error.get_exit_code() != 0 && !unknown.empty()) {
            fmt::print(stderr, "vigie-agent: {}\n", unknown);
            return exit_usage;
        }
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    if (app.got_subcommand("config")) {
        const auto code = check_config(options);
        return code ? *code : report(code.error());
    }
    if (app.got_subcommand("checks")) {
        return run_checks_by_hand(options);
    }
    if (auto* const metrics = app.get_subcommand("metrics"); metrics->parsed()) {
        options.is_config_named = metrics->count("--config") > 0;
        const auto shown = show_metrics(options);
        return shown ? 0 : report(shown.error());
    }
    if (app.got_subcommand("push")) {
        return run_push(options);
    }
    const auto done = app.got_subcommand("run")     ? run(options)
                      : app.got_subcommand("trust") ? trust(options)
                                                    : enrol_host(options);
    return done ? 0 : report(done.error());
}

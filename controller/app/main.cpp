// vigie-controller: words to calls.
#include <CLI/CLI.hpp>
#include <csignal>

#include "controller/app/answers.hpp"
#include "controller/app/daemon.hpp"
#include "controller/app/own_key.hpp"
#include "shared/core/unknown_command.hpp"
#include "shared/log/log.hpp"

namespace {

using namespace vigie;
using namespace vigie::controller;

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

Result<void> run(const std::string& path) {
    SystemFiles files;
    VIGIE_TRY(const auto config, load_controller_config(files, path));
    VIGIE_TRY(const auto level, log::parse_level(config.log_level));
    log::set_level(level);
    if (config.log_file.empty()) {
        return run_daemon(config);  // main tells of its end
    }
    VIGIE_CHECK(log::open_file(config.log_file));
    auto ended = run_daemon(config);
    if (!ended) {
        log::error("{}", ended.error().message);
    }
    return ended;
}

Result<void> check(const std::string& path) {
    SystemFiles files;
    VIGIE_TRY(const auto config, load_controller_config(files, path));
    VIGIE_CHECK(check_config(files, config));
    fmt::print("{}: good; {}, {}, {}{}\n", path, counted(config.rule_files.size(), "rule file"),
               counted(config.schedules.size(), "schedule"), counted(config.webhooks.size(), "webhook"),
               config.alertmanager_file ? ", the routes of " + config.alertmanager_file->path : "");
    return {};
}

Result<void> make_key(const std::string& path) {
    SystemFiles files;
    VIGIE_TRY(const auto config, load_controller_config(files, path));
    VIGIE_TRY(const auto key, make_own_key(files, config.state_dir));
    fmt::print("{} is made; its public key is {}\n", own_key_path(config.state_dir), key);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    std::string path = "/etc/vigie/controller.conf.d";
    CLI::App app("Vigie's controller: stores, watches, schedules and pages for a fleet", "vigie-controller");
    app.set_version_flag("--version", "vigie-controller " VIGIE_VERSION);
    app.require_subcommand(1);
    app.add_subcommand("run", "Run the controller")
        ->add_option("--config", path, "A YAML file, or a folder of them")
        ->capture_default_str();
    auto* config = app.add_subcommand("config", "Look at the configuration");
    config->require_subcommand(1);
    config->add_subcommand("check", "Say whether it and its rule files are good")->add_option("PATH", path)->required();
    auto* key = app.add_subcommand("key", "The controller's own key");
    key->require_subcommand(1);
    key->add_subcommand("make", "Make a new one where the old one is lost: hosts must then be enrolled again")
        ->add_option("--config", path, "A YAML file, or a folder of them")
        ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (const auto unknown = unknown_command(app, {argv + std::min(argc, 1), argv + argc});
            error.get_exit_code() != 0 && !unknown.empty()) {
            fmt::print(stderr, "vigie-controller: {}\n", unknown);
            return exit_usage;
        }
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    std::signal(SIGPIPE, SIG_IGN);  // an operator who left before the answer must not end the controller
    const auto done = app.got_subcommand("run") ? run(path) : app.got_subcommand("key") ? make_key(path) : check(path);
    if (!done) {
        // For whoever gave the command: as it is, several lines where it has several.
        fmt::print(stderr, "vigie-controller: {}\n", done.error().message);
        return exit_failure;
    }
    return 0;
}

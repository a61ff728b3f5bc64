// The process around run_cli: terminal, environment, clock.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "controller/cli/cli.hpp"
#include "controller/cli/client.hpp"
#include "controller/remote/remote_controller.hpp"
#include "shared/os/clock.hpp"

int main(int argc, char** argv) {
    using namespace vigie;
    using namespace vigie::controller;
    std::map<std::string, std::string> environment;
    for (const auto* name :
         {"VIGIE_SOCKET", "VIGIE_CONTROLLER", "VIGIE_KEY", "VIGIE_CONTROLLER_KEY", "VIGIE_OUTPUT", "NO_COLOR"}) {
        if (const auto* value = std::getenv(name); value != nullptr && *value != '\0') {
            environment.emplace(name, value);
        }
    }
    winsize window{};
    const bool is_terminal = isatty(STDOUT_FILENO) != 0;
    const bool has_size = is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;
    const SystemClock clock;
    const auto pause = [](milliseconds time) {
        usleep(static_cast<useconds_t>(time.count() * 1000));
        return true;
    };
    SystemFiles files;
    std::unique_ptr<RemoteController> remote;  // kept for the next question of --watch
    const auto ask = [&](const Door& door, const Request& request) -> Result<Json> {
        if (door.controller.empty()) {
            return ask_controller(door.socket, request, pause);
        }
        if (!remote) {
            VIGIE_TRY(remote, RemoteController::open({door.controller, door.key_file, door.controller_key}, clock));
        }
        return remote->ask(request);
    };
    const Surroundings world{
        .ask = ask,
        .make_key = make_operator_key,
        .now_unix_ms = [&clock] { return unix_ms(clock.wall()); },
        .pause = pause,
        .ask_person = [](const std::string& question) -> std::optional<std::string> {
            if (isatty(STDIN_FILENO) == 0) {
                return std::nullopt;
            }
            std::cerr << question << std::flush;
            std::string line;
            std::getline(std::cin, line);
            return line;
        },
        .files = &files,
        .environment = std::move(environment),
        .is_terminal = is_terminal,
        .columns = has_size ? size_t{window.ws_col} : size_t{100},
        .rows = has_size && window.ws_row > 0 ? size_t{window.ws_row} : size_t{24},
        .out = std::cout,
        .err = std::cerr,
    };
    return run_cli(std::vector<std::string>(argv + 1, argv + argc), world);
}

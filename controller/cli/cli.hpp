// The command line of `vigie`: from words to one request, from the answer to text and an exit code.
#pragma once
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "controller/cli/door.hpp"
#include "controller/cli/render.hpp"
#include "shared/core/time.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {

// Exit codes, the same for every command; documented in docs/operate/cli.md.
enum ExitCode : int {
    exit_ok = 0,
    exit_failure = 1,
    exit_usage = 2,
    exit_partial = 3,
    exit_denied = 4,
    exit_unreachable = 5,
    exit_findings = 6,
};

// What the command line needs of the world.
struct Surroundings {
    std::function<Result<Json>(const Door&, const Request&)> ask;
    // Makes a key pair in a new file, with the controller's key in it unless that is "", and gives its public half.
    std::function<Result<std::string>(const std::string& path, const std::string& controller_key)> make_key;
    std::function<int64_t()> now_unix_ms;
    std::function<bool(milliseconds)> pause;  // between two pictures of --watch; false ends it
    // What a person types to the question; nullopt when there is nobody to ask.
    std::function<std::optional<std::string>(const std::string& question)> ask_person{};
    Files* files = nullptr;                          // of this machine; null where no command reads any
    std::map<std::string, std::string> environment;  // VIGIE_…, NO_COLOR
    bool is_terminal = false;
    size_t columns = 100;
    size_t rows = 24;
    std::ostream& out;
    std::ostream& err;
};

// Runs one command. A flag wins over the environment, which wins over the built-in default.
int run_cli(const std::vector<std::string>& words, const Surroundings& world);

}  // namespace vigie::controller

// VIGIE_SOCKET, VIGIE_CONTROLLER, VIGIE_KEY, VIGIE_CONTROLLER_KEY.
#include "controller/cli/door.hpp"

namespace vigie::controller {
namespace {
constexpr const char* socket_default = "/run/vigie/operator.sock";
}

Result<Door> choose_door(const Door& flags, const std::map<std::string, std::string>& environment) {
    const auto value = [&environment](const std::string& flag, const char* name) {
        const auto set = environment.find(name);
        return !flag.empty() || set == environment.end() ? flag : set->second;
    };
    if (!flags.socket.empty() && !flags.controller.empty()) {
        return fail(ErrorCode::malformed, "--socket and --controller: which of the two?");
    }
    Door door;
    // A flag tells which of the two doors is meant, whatever the environment says of the other.
    if (flags.controller.empty()) {
        door.socket = value(flags.socket, "VIGIE_SOCKET");
    }
    if (flags.socket.empty()) {
        door.controller = value(flags.controller, "VIGIE_CONTROLLER");
    }
    if (!door.socket.empty() && !door.controller.empty()) {
        return fail(ErrorCode::malformed, "VIGIE_SOCKET and VIGIE_CONTROLLER are both set: unset one of them");
    }
    if (door.controller.empty()) {
        if (!flags.key_file.empty() || !flags.controller_key.empty()) {
            return fail(ErrorCode::malformed, "--key and --controller-key belong to --controller tcp://HOST:PORT");
        }
        door.socket = door.socket.empty() ? socket_default : door.socket;
        return door;
    }
    door.key_file = value(flags.key_file, "VIGIE_KEY");
    door.controller_key = value(flags.controller_key, "VIGIE_CONTROLLER_KEY");
    if (door.key_file.empty()) {
        return fail(ErrorCode::malformed,
                    "--controller {}: name your key's file with --key or VIGIE_KEY; vigie keygen makes one",
                    door.controller);
    }
    return door;
}

}  // namespace vigie::controller

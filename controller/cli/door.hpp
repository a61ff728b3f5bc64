// Where the controller is to be asked: flags win over the environment, which wins over the built-in default.
#pragma once
#include <map>
#include <string>

#include "shared/core/error.hpp"

namespace vigie::controller {

struct Door {
    std::string socket;      // the local one; "" when the controller is elsewhere
    std::string controller;  // tcp://HOST:PORT
    std::string key_file;
    std::string controller_key;  // "": that of the key file
};

// `flags`: what the command line gave, "" for what it did not. malformed when it cannot be told which controller is
// meant.
Result<Door> choose_door(const Door& flags, const std::map<std::string, std::string>& environment);

}  // namespace vigie::controller

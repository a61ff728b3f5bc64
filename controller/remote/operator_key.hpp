// The file of an operator who comes over the network: "public KEY", "secret KEY" and "controller KEY", one a line. The
// last is the controller's public key, and may be told otherwise.
#pragma once
#include <string>

#include "protocol/transport/keys.hpp"

namespace vigie::controller {

struct OperatorKey {
    protocol::KeyPair keys;
    std::string controller_key;  // "" when the file does not tell it
};

// Makes a pair in a new file of mode 0600, and gives its public half. exists: there is a file already. `controller_key`
// may be empty.
Result<std::string> make_operator_key(Files& files, const std::string& path, const std::string& controller_key);
// denied when others may read the file; corrupt when it is no such file.
Result<OperatorKey> load_operator_key(const std::string& path);

}  // namespace vigie::controller

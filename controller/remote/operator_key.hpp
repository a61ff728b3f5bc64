// The file of an operator who comes over the network: a key pair, and the controller's public key, which may be told
// otherwise.
#pragma once
#include <string>

#include "protocol/transport/key_file.hpp"

namespace vigie::controller {

// Makes a pair in a new file of mode 0600, and gives its public half. exists: there is a file already. `controller_key`
// may be empty.
Result<std::string> make_operator_key(const std::string& path, const std::string& controller_key);
// denied when others may read the file; corrupt when it is no such file; malformed when the controller's key is none.
Result<protocol::KeyFile> load_operator_key(const std::string& path);

}  // namespace vigie::controller

// A key pair's file: lines "public KEY", "secret KEY" and, if another's public key goes with the pair, "controller
// KEY".
#pragma once
#include <string>

#include "protocol/transport/keys.hpp"

namespace vigie::protocol {

struct KeyFile {
    KeyPair keys;
    std::string controller_key;  // as it stands there; "" for none
};
// Its content. It holds the secret: wipe() it.
std::string key_file_text(const KeyFile& file);
// A new file of mode 0600. exists: something has that name, which is left as it is.
Result<void> create_key_file(const std::string& path, const KeyFile& file);
// denied when others may read the file; corrupt when it is no key file or its halves do not belong together.
Result<KeyFile> load_key_file(const std::string& path);

}  // namespace vigie::protocol

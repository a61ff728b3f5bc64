// The files in keys/: the repository's key, sealed by one that scrypt makes of a password.
#pragma once
#include <string>

#include "agent/backup/go_text.hpp"
#include "shared/crypto/restic_cipher.hpp"

namespace vigie::agent::backup {

struct KeyOwner {
    std::string user;
    std::string host;
    Moment created;
};

// 32 MiB and about 0.3 s of one core: what restic's own calibration arrives at on a server.
constexpr ScryptCost new_key_cost{.n = 32768, .r = 8, .p = 3};

Result<std::string> format_key_file(const ResticKey& key, std::string_view password, const KeyOwner& owner,
                                    ScryptCost cost, Random& random);
// What a key file says of itself without its password; what it lacks stays empty.
Result<KeyOwner> read_key_owner(std::string_view json, std::string_view what);
// denied when the password is wrong; malformed when it is no key file. `what` names the file in errors.
Result<ResticKey> open_key_file(std::string_view json, std::string_view password, std::string_view what);

}  // namespace vigie::agent::backup

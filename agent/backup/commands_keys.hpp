// Commands for passwords: keys list, add, remove, change. Each one call that blocks.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/access.hpp"
#include "agent/backup/key_ring.hpp"

namespace vigie::agent::backup {

enum class KeyAction { list, add, remove, change };

struct KeysOptions {
    Access access;
    KeyAction action = KeyAction::list;
    std::string key;                // to remove: the first digits of its id
    std::string new_password_file;  // to add or change: its first line
};
struct KeysReport {
    KeyAction action = KeyAction::list;
    Id changed;                   // the key that was added or removed
    std::vector<ListedKey> keys;  // that there are now
    std::vector<Error> problems;
    std::vector<std::string> notes;
};
Result<KeysReport> keys(const KeysOptions& options);

}  // namespace vigie::agent::backup

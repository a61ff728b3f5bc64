// The keys of a repository: several passwords, each with a file of its own, all to the one key that everything is
// sealed with. Taking a password away keeps out who knew no more than that; it does not change the key beneath.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/key_file.hpp"
#include "agent/backup/storage.hpp"

namespace vigie::agent::backup {

// restic tries as many and no more: each costs a full scrypt.
constexpr size_t keys_max = 20;

struct OpenedKey {
    Id id;  // of the key file
    ResticKey key;
};
// denied when the password opens none; not_found when there are none.
Result<OpenedKey> find_key(Storage& storage, std::string_view password);

struct ListedKey {
    Id id;
    KeyOwner owner;
    bool is_current = false;  // the one that the password in use opens
};
// Oldest first. One that can't be read is told in `problems`.
Result<std::vector<ListedKey>> list_keys(Storage& storage, const Id& current, std::vector<Error>& problems);

// After success the new password opens the repository. too_large when there are keys_max already.
Result<Id> add_key(Storage& storage, Random& random, const ResticKey& key, std::string_view password,
                   const KeyOwner& owner, ScryptCost cost = new_key_cost);
// By the first digits of its id; gives the whole. conflict for the one in use, so that a way in always stays.
Result<Id> remove_key(Storage& storage, const Id& current, std::string_view name);
// Another password in place of the one in use. The old one goes last: at each moment one of them opens.
Result<Id> change_key(Storage& storage, Random& random, const OpenedKey& opened, std::string_view password,
                      const KeyOwner& owner, ScryptCost cost = new_key_cost);

}  // namespace vigie::agent::backup

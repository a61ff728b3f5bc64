// Files in keys/: in, out, and which one a password opens.
#include "agent/backup/key_ring.hpp"

#include <algorithm>
#include <tuple>

namespace vigie::agent::backup {

Result<OpenedKey> find_key(Storage& storage, std::string_view password) {
    VIGIE_TRY(const auto files, storage.list(FileKind::key));
    size_t tried = 0;
    for (const auto& file : files) {
        if (tried++ == keys_max) {
            break;
        }
        const auto what = describe(FileKind::key, file.id);
        VIGIE_TRY(const auto json, storage.load(FileKind::key, file.id));
        const auto key = open_key_file(json, password, what);
        if (key) {
            return OpenedKey{file.id, *key};
        }
        if (key.error().code != ErrorCode::denied && files.size() == 1) {
            return fail(key.error());
        }
    }
    if (files.empty()) {
        return fail(ErrorCode::not_found, "{}: no repository here (no keys)", storage.place());
    }
    return fail(ErrorCode::denied, "{}: wrong password: none of {} keys opens", storage.place(),
                std::min(tried, keys_max));
}

Result<std::vector<ListedKey>> list_keys(Storage& storage, const Id& current, std::vector<Error>& problems) {
    VIGIE_TRY(const auto files, storage.list(FileKind::key));
    std::vector<ListedKey> keys;
    for (const auto& file : files) {
        const auto json = storage.load(FileKind::key, file.id);
        auto owner = json ? read_key_owner(*json, describe(FileKind::key, file.id)) : fail(json.error());
        if (owner) {
            keys.push_back({file.id, std::move(*owner), file.id == current});
        } else {
            problems.push_back(std::move(owner.error()));
        }
    }
    std::sort(keys.begin(), keys.end(), [](const ListedKey& a, const ListedKey& b) {
        return std::tie(a.owner.created, a.id) < std::tie(b.owner.created, b.id);
    });
    return keys;
}

Result<Id> add_key(Storage& storage, Random& random, const ResticKey& key, std::string_view password,
                   const KeyOwner& owner, ScryptCost cost) {
    if (password.empty()) {
        return fail(ErrorCode::malformed, "{}: an empty password protects nothing", storage.place());
    }
    VIGIE_TRY(const auto present, storage.list(FileKind::key));
    if (present.size() >= keys_max) {
        return fail(ErrorCode::too_large, "{}: has {} keys, and no more than {} are tried; remove one first",
                    storage.place(), present.size(), keys_max);
    }
    VIGIE_TRY(const auto json, format_key_file(key, password, owner, cost, random));
    const auto id = id_of(json);
    VIGIE_CHECK(storage.save(FileKind::key, id, json));
    // Proven before anybody counts on it: what stands there opens.
    VIGIE_TRY(const auto stored, storage.load(FileKind::key, id));
    VIGIE_CHECK(open_key_file(stored, password, describe(FileKind::key, id)));
    return id;
}

Result<Id> remove_key(Storage& storage, const Id& current, std::string_view name) {
    VIGIE_TRY(const auto files, storage.list(FileKind::key));
    std::vector<Id> found;
    for (const auto& file : files) {
        if (!name.empty() && to_hex(file.id).starts_with(name)) {
            found.push_back(file.id);
        }
    }
    if (found.size() != 1) {
        return fail(
            found.empty() ? ErrorCode::not_found : ErrorCode::conflict, "key {}: {}", name,
            found.empty() ? "no such key; 'backup keys list' shows them" : "several begin so; give more digits");
    }
    if (found.front() == current) {
        return fail(ErrorCode::conflict,
                    "key {}: is the one that this password opens; open with another key's password to remove it, or "
                    "give it another password ('backup keys change')",
                    name);
    }
    VIGIE_CHECK(storage.remove(FileKind::key, found.front()));
    return found.front();
}

Result<Id> change_key(Storage& storage, Random& random, const OpenedKey& opened, std::string_view password,
                      const KeyOwner& owner, ScryptCost cost) {
    VIGIE_TRY(const auto id, add_key(storage, random, opened.key, password, owner, cost));
    VIGIE_CHECK(storage.remove(FileKind::key, opened.id));
    return id;
}

}  // namespace vigie::agent::backup

// getpwuid_r(3) and its kin.
#include "agent/backup/owners.hpp"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

namespace vigie::agent::backup {
namespace {

// Calls one of the get…_r functions, with more room until it is enough. A group of 10,000 members needs a megabyte.
template <typename Record, typename Call>
std::optional<Record> look_up(Call call, std::vector<char>& room) {
    Record record{};
    Record* found = nullptr;
    for (room.resize(1024); room.size() <= (4U << 20); room.resize(room.size() * 4)) {
        const int error = call(&record, room.data(), room.size(), &found);
        if (error != ERANGE) {
            return error == 0 && found != nullptr ? std::optional(record) : std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace

std::string name_of_user(uid_t uid) {
    std::vector<char> room;
    const auto found = look_up<passwd>([uid](passwd* record, char* at, size_t size,
                                             passwd** result) { return getpwuid_r(uid, record, at, size, result); },
                                       room);
    return found ? found->pw_name : "";
}

std::string name_of_group(gid_t gid) {
    std::vector<char> room;
    const auto found = look_up<group>([gid](group* record, char* at, size_t size,
                                            group** result) { return getgrgid_r(gid, record, at, size, result); },
                                      room);
    return found ? found->gr_name : "";
}

std::optional<uid_t> uid_of_user(const std::string& name) {
    std::vector<char> room;
    const auto found =
        look_up<passwd>([&name](passwd* record, char* at, size_t size,
                                passwd** result) { return getpwnam_r(name.c_str(), record, at, size, result); },
                        room);
    return found ? std::optional(found->pw_uid) : std::nullopt;
}

std::optional<gid_t> gid_of_group(const std::string& name) {
    std::vector<char> room;
    const auto found =
        look_up<group>([&name](group* record, char* at, size_t size,
                               group** result) { return getgrnam_r(name.c_str(), record, at, size, result); },
                       room);
    return found ? std::optional(found->gr_gid) : std::nullopt;
}

namespace {
template <typename Cache, typename Key, typename Find>
const auto& remember(Cache& cache, const Key& key, Find find) {
    const auto found = cache.find(key);
    return found != cache.end() ? found->second : cache.emplace(key, find(key)).first->second;
}
}  // namespace

const std::string& OwnerNames::user(uid_t uid) {
    return remember(users_, uid, name_of_user);
}
const std::string& OwnerNames::group(gid_t gid) {
    return remember(groups_, gid, name_of_group);
}
const std::optional<uid_t>& OwnerNames::uid(const std::string& user) {
    return remember(uids_, user, uid_of_user);
}
const std::optional<gid_t>& OwnerNames::gid(const std::string& group) {
    return remember(gids_, group, gid_of_group);
}

Moment moment_of(WallTime time) {
    const auto ms = unix_ms(time);
    const auto remainder = ((ms % 1000) + 1000) % 1000;
    return {(ms - remainder) / 1000, static_cast<uint32_t>(remainder * 1'000'000)};
}

}  // namespace vigie::agent::backup

// Names of users and groups, and times in the units of a repository.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <unordered_map>

#include "agent/backup/go_text.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent::backup {

std::string name_of_user(uid_t uid);  // "" when it has none
std::string name_of_group(gid_t gid);
std::optional<uid_t> uid_of_user(const std::string& name);
std::optional<gid_t> gid_of_group(const std::string& name);

// Answers are kept: a name service may take milliseconds, and a tree has a million files of five users.
class OwnerNames {
  public:
    const std::string& user(uid_t uid);
    const std::string& group(gid_t gid);
    const std::optional<uid_t>& uid(const std::string& user);
    const std::optional<gid_t>& gid(const std::string& group);

  private:
    std::unordered_map<uid_t, std::string> users_;
    std::unordered_map<gid_t, std::string> groups_;
    std::unordered_map<std::string, std::optional<uid_t>> uids_;
    std::unordered_map<std::string, std::optional<gid_t>> gids_;
};

Moment moment_of(WallTime time);

}  // namespace vigie::agent::backup

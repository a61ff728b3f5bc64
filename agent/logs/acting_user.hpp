// `su`: files are touched as another user while an ActingUser lives. For a process with one thread.
#pragma once
#include <sys/types.h>

#include <vector>

#include "agent/logs/steps.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent::logs {

class ActingUser {
  public:
    // Changes nothing where the tools name no other user. denied for anybody but root.
    static Result<ActingUser> become(const Tools& tools);
    ~ActingUser();
    ActingUser(ActingUser&& other) noexcept;
    ActingUser(const ActingUser&) = delete;
    ActingUser& operator=(const ActingUser&) = delete;
    ActingUser& operator=(ActingUser&&) = delete;

  private:
    ActingUser() = default;
    bool is_acting_ = false;
    uid_t uid_ = 0;
    gid_t gid_ = 0;
    std::vector<gid_t> groups_;
};

}  // namespace vigie::agent::logs

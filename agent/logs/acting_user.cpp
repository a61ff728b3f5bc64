#include "agent/logs/acting_user.hpp"

#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "shared/core/assert.hpp"

namespace vigie::agent::logs {

Result<ActingUser> ActingUser::become(const Tools& tools) {
    ActingUser user;
    user.uid_ = geteuid();
    user.gid_ = getegid();
    if (!tools.is_other_user || (tools.uid == user.uid_ && tools.gid == user.gid_)) {
        return user;
    }
    if (user.uid_ != 0) {
        return fail(ErrorCode::denied, "su: only root can act as user {} and group {}", tools.uid, tools.gid);
    }
    const int count = getgroups(0, nullptr);
    user.groups_.resize(count > 0 ? static_cast<size_t>(count) : 0);
    const gid_t group = tools.gid;
    if (count < 0 || getgroups(count, user.groups_.data()) < 0 || setgroups(1, &group) != 0) {
        return fail(errno_error(errno, "su: change the groups"));
    }
    user.is_acting_ = true;  // from here on the destructor goes back
    if (setegid(tools.gid) != 0 || seteuid(tools.uid) != 0) {
        return fail(errno_error(errno, fmt::format("su: become user {} and group {}", tools.uid, tools.gid)));
    }
    return user;
}

ActingUser::ActingUser(ActingUser&& other) noexcept
    : is_acting_(std::exchange(other.is_acting_, false)),
      uid_(other.uid_),
      gid_(other.gid_),
      groups_(std::move(other.groups_)) {}

ActingUser::~ActingUser() {
    if (is_acting_) {
        // Going on as somebody else would touch files in the wrong name.
        VIGIE_ASSERT(seteuid(uid_) == 0 && setegid(gid_) == 0 && setgroups(groups_.size(), groups_.data()) == 0);
    }
}

}  // namespace vigie::agent::logs

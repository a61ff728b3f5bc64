#include "agent/logs/checker.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>

#include "agent/logs/archives.hpp"
#include "agent/logs/copy_truncate.hpp"

namespace vigie::agent::logs {
namespace {

constexpr size_t name_bytes_max = 255;  // NAME_MAX of every file system that we write to

std::optional<unsigned> number_in(const std::string& name) {
    unsigned id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    return error == std::errc{} && end == name.data() + name.size() ? std::optional(id) : std::nullopt;
}

Result<void> check_same(const PlannedLog& log, const Folder& folder) {
    VIGIE_TRY(const auto facts, folder.facts(log.name));
    if (folder.inode() != log.folder_inode || folder.device() != log.folder_device || !facts ||
        facts->inode != log.inode || facts->device != log.device || !facts->is_regular) {
        return fail(ErrorCode::conflict, "{} was replaced while the rotation was planned", log.path);
    }
    if (facts->links > 1) {
        return fail(ErrorCode::conflict, "{} has {} hard links: rotating one would not rotate the others", log.path,
                    facts->links);
    }
    return {};
}

Result<void> check_source(const Step& step, const Folder& folder) {
    VIGIE_TRY(const auto facts, folder.facts(step.from));
    if (!facts) {
        return {};  // made by an earlier step
    }
    if (!facts->is_regular) {
        return fail(ErrorCode::conflict, "{} is no regular file", folder.at(step.from));
    }
    if (facts->is_frozen) {
        return fail(ErrorCode::denied, "{} is immutable or append-only (chattr +i or +a)", folder.at(step.from));
    }
    return {};
}

Result<void> check_steps(const LogPlan& plan, const Folder& folder) {
    std::set<std::string> freed;  // names that earlier steps move away
    for (const auto& step : plan.before_script) {
        VIGIE_CHECK(check_source(step, folder));
        VIGIE_TRY(const auto taken, folder.facts(step.to.empty() ? "." : step.to));
        const bool makes_name =
            step.kind == StepKind::shift || step.kind == StepKind::move || step.kind == StepKind::copy;
        if (makes_name && taken && !freed.contains(step.to)) {
            return fail(ErrorCode::exists, "{}: {} is in the way", plan.log.path, folder.at(step.to));
        }
        if (step.to.size() + compressed_suffix.size() > name_bytes_max) {
            return fail(ErrorCode::too_large, "{}: its archive's name would be longer than {} bytes", plan.log.path,
                        name_bytes_max);
        }
        freed.insert(step.from);
    }
    for (const auto& step : plan.after_script) {
        if (step.inode != plan.log.inode) {
            VIGIE_CHECK(check_source(step, folder));
        }
    }
    return {};
}

Result<void> check_space(const LogPlan& plan, const Folder& folder, Bytes reserved) {
    struct statvfs system {};
    if (fstatvfs(folder.fd(), &system) != 0) {
        return fail(errno_error(errno, "ask for the free space of " + folder.path()));
    }
    const uint64_t available = uint64_t{system.f_bavail} * system.f_frsize;
    const uint64_t free_bytes = available - std::min(available, reserved.count);
    for (const auto& step : plan.before_script) {
        const bool makes_file = step.kind == StepKind::copy || step.kind == StepKind::create;
        if (step.kind == StepKind::copy && plan.log.size > free_bytes) {
            return fail(ErrorCode::no_space, "{}: a copy needs {} and {} has {} free: nothing was changed",
                        plan.log.path, format_bytes(Bytes{plan.log.size}), folder.path(),
                        format_bytes(Bytes{free_bytes}));
        }
        if (makes_file && system.f_files > 0 && system.f_favail == 0) {
            return fail(ErrorCode::no_space, "{}: {} has no inode free: nothing was changed", plan.log.path,
                        folder.path());
        }
    }
    return {};
}

Result<void> check_permissions(const LogPlan& plan, const Folder& folder) {
    if (faccessat(folder.fd(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
        return fail(errno_error(errno, "write into folder " + folder.path()));
    }
    VIGIE_TRY(const auto itself, folder.facts("."));
    if (itself && itself->is_frozen) {
        return fail(ErrorCode::denied, "{} is immutable or append-only (chattr +i or +a)", folder.path());
    }
    for (const auto& step : plan.before_script) {
        if (step.kind == StepKind::create && geteuid() != 0 && step.uid != geteuid()) {
            return fail(ErrorCode::denied, "{}: only root can give the new log to user {}", plan.log.path, step.uid);
        }
        const int wanted = step.kind == StepKind::copy ? R_OK | W_OK : 0;
        if (wanted != 0 && faccessat(folder.fd(), plan.log.name.c_str(), wanted, AT_EACCESS) != 0) {
            return fail(errno_error(errno, "read and write " + plan.log.path));
        }
    }
    return {};
}

}  // namespace

Result<NewLog> resolve_new_log(const Block& block, const FileFacts& log) {
    NewLog created{log.mode, log.uid, log.gid};
    if (!block.create) {
        return created;
    }
    created.mode = block.create->mode.value_or(log.mode);
    if (const auto& owner = block.create->owner) {
        const auto* user = getpwnam(owner->c_str());
        const auto id = user ? std::optional<unsigned>(user->pw_uid) : number_in(*owner);
        if (!id) {
            return fail(ErrorCode::not_found, "{}: create: unknown user '{}'", block.place(), *owner);
        }
        created.uid = *id;
    }
    if (const auto& name = block.create->group) {
        const auto* group = getgrnam(name->c_str());
        const auto id = group ? std::optional<unsigned>(group->gr_gid) : number_in(*name);
        if (!id) {
            return fail(ErrorCode::not_found, "{}: create: unknown group '{}'", block.place(), *name);
        }
        created.gid = *id;
    }
    return created;
}

Result<void> check_log(const LogPlan& plan, const Folder& folder, Bytes reserved) {
    VIGIE_CHECK(check_same(plan.log, folder));
    VIGIE_CHECK(check_permissions(plan, folder));
    VIGIE_CHECK(check_steps(plan, folder));
    VIGIE_CHECK(check_space(plan, folder, reserved));
    const bool copies = !plan.before_script.empty() && plan.before_script.back().kind == StepKind::truncate;
    return copies ? check_writers(plan.log) : Result<void>{};
}

}  // namespace vigie::agent::logs

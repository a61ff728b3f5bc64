#include "agent/logs/checker.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>

#include "agent/logs/archives.hpp"
#include "agent/logs/filters.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

constexpr size_t name_bytes_max = 255;  // NAME_MAX of every file system that we write to

bool is_copy(StepKind kind) {
    return kind == StepKind::copy || kind == StepKind::snapshot || kind == StepKind::store;
}

std::optional<unsigned> number_in(const std::string& name) {
    unsigned id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    return error == std::errc{} && end == name.data() + name.size() ? std::optional(id) : std::nullopt;
}

Result<void> check_same(const PlannedLog& log, bool allows_hard_links, const Folder& folder) {
    VIGIE_TRY(const auto facts, folder.facts(log.name));
    if (folder.inode() != log.folder_inode || folder.device() != log.folder_device || !facts ||
        facts->inode != log.inode || facts->device != log.device || !facts->is_regular) {
        return fail(ErrorCode::conflict, "{} was replaced while the rotation was planned", log.path);
    }
    if (facts->links > 1 && !allows_hard_links) {
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

Result<void> check_steps(const LogPlan& plan, const Folders& folders) {
    std::set<std::pair<const Folder*, std::string>> freed;  // names that earlier steps move away
    for (const auto& step : plan.before_script) {
        const auto& source = is_from_archives(step.kind) ? folders.archives : folders.live;
        const auto& target = is_to_archives(step.kind) ? folders.archives : folders.live;
        VIGIE_CHECK(check_source(step, source));
        VIGIE_TRY(const auto taken, target.facts(step.to.empty() ? "." : step.to));
        const bool makes_name =
            step.kind == StepKind::shift || step.kind == StepKind::hold || is_making_archive(step.kind);
        if (makes_name && taken && !freed.contains({&target, step.to})) {
            return fail(ErrorCode::exists, "{}: {} is in the way", plan.log.path, target.at(step.to));
        }
        if (step.to.size() + gzip_suffix.size() > name_bytes_max) {
            return fail(ErrorCode::too_large, "{}: its archive's name would be longer than {} bytes", plan.log.path,
                        name_bytes_max);
        }
        if (step.kind == StepKind::move && target.device() != source.device()) {
            return fail(ErrorCode::unsupported,
                        "{}: {} is on another file system: olddir needs copy, copytruncate or renamecopy there",
                        plan.log.path, target.path());
        }
        freed.insert({&source, step.from});
    }
    for (const auto& step : plan.after_script) {
        if (is_from_archives(step.kind) && step.inode != plan.log.inode) {
            VIGIE_CHECK(check_source(step, folders.archives));
        }
        VIGIE_TRY(const auto taken, folders.archives.facts(step.kind == StepKind::store ? step.to : "."));
        if (step.kind == StepKind::store && taken && !freed.contains({&folders.archives, step.to})) {
            return fail(ErrorCode::exists, "{}: {} is in the way", plan.log.path, folders.archives.at(step.to));
        }
    }
    return {};
}

// Space for the copy in the folder of the archives, and an inode for each file that is made.
Result<void> check_space(const LogPlan& plan, const Folder& folder, Bytes reserved, bool makes_copy) {
    struct statvfs system {};
    if (fstatvfs(folder.fd(), &system) != 0) {
        return fail(errno_error(errno, "ask for the free space of " + folder.path()));
    }
    const uint64_t available = uint64_t{system.f_bavail} * system.f_frsize;
    const uint64_t free_bytes = available - std::min(available, reserved.count);
    if (makes_copy && plan.log.size > free_bytes) {
        return fail(ErrorCode::no_space, "{}: a copy needs {} and {} has {} free: nothing was changed", plan.log.path,
                    format_bytes(Bytes{plan.log.size}), folder.path(), format_bytes(Bytes{free_bytes}));
    }
    if (system.f_files > 0 && system.f_favail == 0) {
        return fail(ErrorCode::no_space, "{}: {} has no inode free: nothing was changed", plan.log.path, folder.path());
    }
    return {};
}

Result<void> check_room(const LogPlan& plan, const Folders& folders, Bytes reserved) {
    bool makes_copy = false;
    bool makes_log = false;
    for (const auto* steps : {&plan.before_script, &plan.after_script}) {
        for (const auto& step : *steps) {
            makes_copy = makes_copy || is_copy(step.kind);
            makes_log = makes_log || step.kind == StepKind::create;
        }
    }
    if (makes_copy) {
        VIGIE_CHECK(check_space(plan, folders.archives, reserved, true));
    }
    return makes_log ? check_space(plan, folders.live, {}, false) : Result<void>{};
}

Result<void> check_writable(const Folder& folder) {
    if (faccessat(folder.fd(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
        return fail(errno_error(errno, "write into folder " + folder.path()));
    }
    VIGIE_TRY(const auto itself, folder.facts("."));
    if (itself && itself->is_frozen) {
        return fail(ErrorCode::denied, "{} is immutable or append-only (chattr +i or +a)", folder.path());
    }
    return {};
}

Result<void> check_permissions(const LogPlan& plan, const Folders& folders) {
    VIGIE_CHECK(check_writable(folders.archives));
    for (const auto& step : plan.before_script) {
        const bool is_in_place = step.kind == StepKind::copy || step.kind == StepKind::snapshot;
        if (!is_in_place && !is_from_archives(step.kind)) {
            VIGIE_CHECK(check_writable(folders.live));
        }
        if (step.kind == StepKind::create && geteuid() != 0 && step.uid != geteuid()) {
            return fail(ErrorCode::denied, "{}: only root can give the new log to user {}", plan.log.path, step.uid);
        }
        const int wanted = step.kind == StepKind::copy ? R_OK | W_OK : step.kind == StepKind::snapshot ? R_OK : 0;
        if (wanted != 0 && faccessat(folders.live.fd(), plan.log.name.c_str(), wanted, AT_EACCESS) != 0) {
            return fail(errno_error(errno, "read and write " + plan.log.path));
        }
    }
    return {};
}

// By name from the system's tables, else as a number; so does logrotate.
Result<unsigned> user_named(const std::string& name) {
    const auto* user = getpwnam(name.c_str());
    const auto id = user ? std::optional<unsigned>(user->pw_uid) : number_in(name);
    return id ? Result<unsigned>(*id) : fail(ErrorCode::not_found, "unknown user '{}'", name);
}
Result<unsigned> group_named(const std::string& name) {
    const auto* group = getgrnam(name.c_str());
    const auto id = group ? std::optional<unsigned>(group->gr_gid) : number_in(name);
    return id ? Result<unsigned>(*id) : fail(ErrorCode::not_found, "unknown group '{}'", name);
}

Result<void> name_owners(const CreateRule& rule, NewLog& created) {
    created.mode = rule.mode.value_or(created.mode);
    if (rule.owner) {
        VIGIE_TRY(created.uid, user_named(*rule.owner));
    }
    if (rule.group) {
        VIGIE_TRY(created.gid, group_named(*rule.group));
    }
    return {};
}

// The level that options ask for, -1 where they name none; nullopt when they ask for anything that matters besides.
std::optional<int> level_in(const std::string& options, unsigned most) {
    int level = -1;
    for (const auto& word : split_at_spaces(options)) {
        const auto number = word.starts_with('-') ? number_in(word.substr(1)) : std::nullopt;
        const bool is_idle = word == "-f" || word == "-q" || word == "-n" || word.starts_with("-T");
        if (number && *number >= 1 && *number <= most) {
            level = static_cast<int>(*number);
        } else if (!is_idle) {
            return std::nullopt;
        }
    }
    return level;
}

// What this process can do itself it does, by the same names and options.
void choose_codec(const Block& block, Tools& tools) {
    constexpr unsigned gzip_level_max = 9;
    constexpr unsigned zstd_level_max = 19;
    constexpr int zstd_level_default = 3;  // of zstd(1)
    const auto& command = block.compress_command;
    const bool is_zstd = command == "zstd" || command == "/usr/bin/zstd" || command == "/bin/zstd";
    const auto level = level_in(block.compress_options, is_zstd ? zstd_level_max : gzip_level_max);
    if (level && (is_zstd || command.empty())) {
        tools.codec = is_zstd ? Codec::zstd : Codec::gzip;
        tools.level = is_zstd && *level < 0 ? zstd_level_default : *level;
        return;
    }
    tools.codec = Codec::external;
    tools.compress_command = command.empty() ? "gzip" : command;
    tools.compress_options = block.compress_options;
}

}  // namespace

Result<NewLog> resolve_new_log(const Block& block, const FileFacts& log) {
    NewLog created{log.mode, log.uid, log.gid};
    if (block.create) {
        if (const auto named = name_owners(*block.create, created); !named) {
            return fail(named.error().at(block.place() + ": create"));
        }
    }
    return created;
}

Result<Tools> resolve_tools(const Block& block, const std::string& mail_command) {
    Tools tools;
    choose_codec(block, tools);
    tools.mail_command = mail_command;
    tools.mail_address = block.mail_address;
    tools.shreds = block.shred;
    tools.shred_cycles = block.shred_cycles;
    if (block.su) {
        const auto user = user_named(block.su->user);
        const auto group = group_named(block.su->group);
        if (!user || !group) {
            const auto& error = group ? user.error() : group.error();
            return fail(error.code, "{} {}", block.su->place, error.message);  // logrotate's form
        }
        tools.is_other_user = true;
        tools.uid = *user;
        tools.gid = *group;
    }
    return tools;
}

Result<void> make_archive_folder(const Block& block, const std::string& path) {
    NewLog made{0755, geteuid(), getegid()};
    if (const auto named = name_owners(*block.createolddir, made); !named) {
        return fail(named.error().at(block.place() + ": createolddir"));
    }
    VIGIE_CHECK(SystemFiles().make_directories(path, 0700));
    const Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder || fchown(folder.get(), made.uid, made.gid) != 0 || fchmod(folder.get(), made.mode) != 0) {
        return fail(errno_error(errno, "make the folder " + path));
    }
    return {};
}

Result<void> check_log(const LogPlan& plan, const Folders& folders, Bytes reserved) {
    VIGIE_CHECK(check_same(plan.log, plan.allows_hard_links, folders.live));
    if (folders.archives.inode() != plan.log.archive_inode || folders.archives.device() != plan.log.archive_device) {
        return fail(ErrorCode::conflict, "{} was replaced while the rotation was planned", plan.log.archive_folder);
    }
    VIGIE_CHECK(check_permissions(plan, folders));
    VIGIE_CHECK(check_steps(plan, folders));
    VIGIE_CHECK(check_room(plan, folders, reserved));
    const bool copies = !plan.before_script.empty() && plan.before_script.back().kind == StepKind::truncate;
    return copies ? check_writers(plan.log) : Result<void>{};
}

}  // namespace vigie::agent::logs

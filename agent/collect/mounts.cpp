// Mounts.
#include "agent/collect/mounts.hpp"

#include <algorithm>
#include <array>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr std::array<std::string_view, 24> excluded_fstypes{
    "autofs",   "binfmt_misc", "bpf",        "cgroup",     "cgroup2",   "configfs", "debugfs", "devpts",
    "devtmpfs", "fusectl",     "hugetlbfs",  "iso9660",    "mqueue",    "nsfs",     "overlay", "proc",
    "procfs",   "pstore",      "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs",   "tracefs"};
constexpr std::array<std::string_view, 6> excluded_roots{"/dev", "/proc", "/run", "/sys", "/mnt", "/media"};
constexpr std::array<std::string_view, 2> excluded_below{"/var/lib/docker/", "/var/lib/containers/storage/"};

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

// The kernel writes blank, tab, newline and backslash as \ooo.
std::string unescaped(std::string_view field) {
    std::string text;
    text.reserve(field.size());
    for (size_t i = 0; i < field.size(); ++i) {
        if (field[i] == '\\' && i + 3 < field.size() && is_octal(field[i + 1]) && is_octal(field[i + 2]) &&
            is_octal(field[i + 3])) {
            text += static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 + (field[i + 3] - '0'));
            i += 3;
        } else {
            text += field[i];
        }
    }
    return text;
}

bool has_option(std::string_view options, std::string_view wanted) {
    while (!options.empty()) {
        if (cut(options, ',') == wanted) {
            return true;
        }
    }
    return false;
}

bool is_same_place(const Mount& a, const Mount& b) {
    return a.mountpoint == b.mountpoint && a.device == b.device && a.fstype == b.fstype;
}

}  // namespace

bool is_excluded_mountpoint(std::string_view mountpoint) {
    for (const auto root : excluded_roots) {
        if (mountpoint.starts_with(root) && (mountpoint.size() == root.size() || mountpoint[root.size()] == '/')) {
            return true;
        }
    }
    return std::any_of(excluded_below.begin(), excluded_below.end(), [&](std::string_view folder) {
        return mountpoint.starts_with(folder) && mountpoint.size() > folder.size();
    });
}

bool is_excluded_fstype(std::string_view fstype) {
    return std::find(excluded_fstypes.begin(), excluded_fstypes.end(), fstype) != excluded_fstypes.end();
}

Result<std::vector<Mount>> parse_mounts(std::string_view text) {
    std::vector<Mount> mounts;
    while (!text.empty()) {
        auto line = next_line(text);
        const auto device = next_field(line);
        const auto mountpoint = next_field(line);
        const auto fstype = next_field(line);
        if (fstype.empty()) {
            return fail(ErrorCode::malformed, "mounts: a line of less than three fields");
        }
        if (is_excluded_fstype(fstype) || is_excluded_mountpoint(mountpoint)) {
            continue;
        }
        Mount mount{unescaped(device), unescaped(mountpoint), std::string(fstype), has_option(next_field(line), "ro")};
        const auto known =
            std::find_if(mounts.begin(), mounts.end(), [&](const Mount& m) { return is_same_place(m, mount); });
        if (known != mounts.end()) {
            known->is_readonly = mount.is_readonly;
        } else {
            mounts.push_back(std::move(mount));
        }
    }
    return mounts;
}

}  // namespace vigie::agent

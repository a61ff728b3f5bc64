// uname(2) and /proc.
#include "shared/os/host_identity.hpp"

#include <sys/utsname.h>

#include <charconv>

#include "shared/os/files.hpp"

namespace vigie {

std::string host_name() {
    struct utsname names {};
    return uname(&names) == 0 && names.nodename[0] != '\0' ? std::string(names.nodename) : std::string("unknown");
}

std::string boot_id() {
    SystemFiles files;
    auto text = files.read("/proc/sys/kernel/random/boot_id", 1_KiB).value_or("");
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

std::optional<uint64_t> process_started_ticks(pid_t pid) {
    SystemFiles files;
    const auto text = files.read(fmt::format("/proc/{}/stat", pid), 64_KiB);
    // The second field is the program's name in parentheses and may hold spaces and parentheses; count from the last
    // one.
    const auto name_end = text ? text->rfind(')') : std::string::npos;
    if (name_end == std::string::npos) {
        return std::nullopt;
    }
    std::string_view rest = std::string_view(*text).substr(name_end + 1);
    for (int field = 2; field < 22; ++field) {
        const auto space = rest.find(' ');
        if (space == std::string_view::npos) {
            return std::nullopt;
        }
        rest.remove_prefix(space + 1);
    }
    uint64_t ticks = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
    return parsed.ec == std::errc{} ? std::optional(ticks) : std::nullopt;
}

}  // namespace vigie

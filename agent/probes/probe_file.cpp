// file: is it there, how old, how large.
#include <sys/stat.h>

#include <cerrno>

#include "agent/probes/probe.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent {
namespace {

int64_t bytes_in(const ProbeContext& context, std::string_view setting, int64_t fallback) {
    const auto size = parse_bytes(context.text(setting));
    return size ? static_cast<int64_t>(size->count) : fallback;
}

ProbeAnswer judge(const ProbeContext& context, const std::string& path, milliseconds age, int64_t size) {
    if (size < bytes_in(context, "size_min", 0) || size > bytes_in(context, "size_max", INT64_MAX)) {
        return critical(fmt::format("{} has {} bytes", path, size));
    }
    const auto shown = format_duration(std::max(std::chrono::duration_cast<seconds>(age), 0s));
    if (const auto limit = context.duration("age_critical"); limit && age > *limit) {
        return critical(fmt::format("{} is {} old, more than {}", path, shown, format_duration(*limit)));
    }
    if (const auto limit = context.duration("age_warning"); limit && age > *limit) {
        return {.status = CheckStatus::warning,
                .text = fmt::format("{} is {} old, more than {}", path, shown, format_duration(*limit)),
                .values = {}};
    }
    return good(fmt::format("{} is {} old and has {} bytes", path, shown, size));
}

}  // namespace

Result<ProbeAnswer> probe_file(const ProbeContext& context) {
    const auto path = context.text("path");
    const bool must_exist = context.flag("exists", true);
    struct stat entry {};
    if (stat(path.c_str(), &entry) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return must_exist ? critical(path + " is not there") : good(path + " is not there, as it should be");
        }
        return unknown(errno_error(errno, "look at " + path));
    }
    if (!must_exist) {
        return critical(path + " is there");
    }
    const auto changed_at = wall_from_unix_ms(int64_t{entry.st_mtim.tv_sec} * 1000 + entry.st_mtim.tv_nsec / 1'000'000);
    const auto age = context.clock.wall() - changed_at;
    auto answer = judge(context, path, age, entry.st_size);
    answer.values = {{.label = "age", .value = std::chrono::duration<double>(age).count(), .unit = "s"},
                     {.label = "size", .value = static_cast<double>(entry.st_size), .unit = "B"}};
    return answer;
}

}  // namespace vigie::agent

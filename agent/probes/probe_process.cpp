// process: how many run under a name, or with a command line that matches.
#include <algorithm>

#include "agent/probes/pattern.hpp"
#include "agent/probes/probe.hpp"
#include "agent/probes/process_match.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {
namespace {

constexpr Bytes stat_max = 4_KiB;
constexpr Bytes cmdline_max = 2_MiB;  // ARG_MAX's default
// This worker's own words hold what is looked for, and those of others that look at the same moment.
constexpr std::string_view own_name = "vigie-worker";

struct Wanted {
    std::string name;
    std::optional<Pattern> pattern;
};

// A process that ends while it is looked at is none.
bool is_wanted(Files& files, const std::string& folder, const Wanted& wanted) {
    const auto stat_text = files.read(join_path(folder, "stat"), stat_max);
    const auto stat = stat_text ? parse_process_stat(*stat_text) : std::nullopt;
    if (!stat || stat->state == 'Z' || stat->state == 'X') {
        return false;
    }
    const auto cmdline = files.read(join_path(folder, "cmdline"), cmdline_max).value_or("");
    if (stat->command == own_name || is_process_named(*stat, cmdline, own_name)) {
        return false;
    }
    return wanted.pattern ? wanted.pattern->is_in(shown_command_line(cmdline))
                          : is_process_named(*stat, cmdline, wanted.name);
}

}  // namespace

Result<ProbeAnswer> probe_process(const ProbeContext& context) {
    Wanted wanted{.name = context.text("process"), .pattern = {}};
    const auto regex = context.text("regex");
    if (!regex.empty()) {
        auto pattern = Pattern::make(regex);
        if (!pattern) {
            return unknown(pattern.error());
        }
        wanted.pattern.emplace(std::move(*pattern));
    }
    SystemFiles files;
    const auto names = files.list(context.procfs);
    if (!names) {
        return unknown(names.error());
    }
    const auto count = std::count_if(names->begin(), names->end(), [&](const std::string& name) {
        return name.find_first_not_of("0123456789") == name.npos &&
               is_wanted(files, join_path(context.procfs, name), wanted);
    });
    const auto shown = regex.empty() ? wanted.name : regex;
    const auto min = context.number("min", 1);
    const auto max = context.number("max", INT64_MAX);
    auto answer = good(fmt::format("{} of '{}'", count, shown));
    if (count < min || count > max) {
        answer = critical(fmt::format("{} of '{}', expected {}", count, shown,
                                      count < min ? fmt::format("at least {}", min) : fmt::format("at most {}", max)));
    }
    answer.values.push_back({.label = "processes", .value = static_cast<double>(count), .unit = {}});
    return answer;
}

}  // namespace vigie::agent

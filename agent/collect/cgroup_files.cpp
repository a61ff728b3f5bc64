// Flat-keyed and nested-keyed files.
#include "agent/collect/cgroup_files.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

// Calls `visit` with the name and number of each line "name number".
template <typename Visit>
Result<void> for_each_number(std::string_view text, std::string_view file, Visit visit) {
    while (!text.empty()) {
        auto line = next_line(text);
        const auto name = next_field(line);
        const auto number = number_in<uint64_t>(next_field(line));
        if (!number) {
            return fail(ErrorCode::malformed, "{}: no number for '{}'", file, name.substr(0, 64));
        }
        visit(name, *number);
    }
    return {};
}

}  // namespace

Result<CgroupCpu> parse_cgroup_cpu_stat(std::string_view text) {
    CgroupCpu cpu;
    bool has_usage = false;
    VIGIE_CHECK(for_each_number(text, "cpu.stat", [&](std::string_view name, uint64_t number) {
        if (name == "usage_usec") {
            cpu.usage_us = number;
            has_usage = true;
        } else if (name == "user_usec") {
            cpu.user_us = number;
        } else if (name == "system_usec") {
            cpu.system_us = number;
        } else if (name == "nr_periods") {
            cpu.periods = number;
        } else if (name == "nr_throttled") {
            cpu.throttled_periods = number;
        } else if (name == "throttled_usec") {
            cpu.throttled_us = number;
        }
    }));
    if (!has_usage) {
        return fail(ErrorCode::malformed, "cpu.stat: usage_usec is missing");
    }
    return cpu;
}

Result<std::optional<CgroupQuota>> parse_cgroup_cpu_max(std::string_view text) {
    text = trimmed(text);
    const auto quota = next_field(text);
    const auto period = number_in<uint64_t>(next_field(text));
    const auto number = number_in<uint64_t>(quota);
    if ((!number && quota != "max") || !period) {
        return fail(ErrorCode::malformed, "cpu.max: not a quota and a period");
    }
    return number ? std::optional(CgroupQuota{*number, *period}) : std::nullopt;
}

Result<CgroupMemory> parse_cgroup_memory_stat(std::string_view text) {
    CgroupMemory memory;
    VIGIE_CHECK(for_each_number(text, "memory.stat", [&](std::string_view name, uint64_t number) {
        if (name == "anon") {
            memory.anon = number;
        } else if (name == "file") {
            memory.file = number;
        } else if (name == "inactive_file") {
            memory.inactive_file = number;
        } else if (name == "pgfault") {
            memory.page_faults = number;
        } else if (name == "pgmajfault") {
            memory.major_page_faults = number;
        }
    }));
    return memory;
}

Result<std::optional<uint64_t>> parse_cgroup_oom_kills(std::string_view text) {
    std::optional<uint64_t> kills;
    VIGIE_CHECK(for_each_number(text, "memory.events", [&](std::string_view name, uint64_t number) {
        if (name == "oom_kill") {
            kills = number;
        }
    }));
    return kills;
}

Result<std::vector<CgroupIo>> parse_cgroup_io_stat(std::string_view text) {
    std::vector<CgroupIo> devices;
    while (!text.empty()) {
        auto line = next_line(text);
        CgroupIo io;
        io.device = next_field(line);
        for (auto pair = next_field(line); !pair.empty(); pair = next_field(line)) {
            const auto name = cut(pair, '=');
            const auto number = number_in<uint64_t>(pair);
            auto* const into = name == "rbytes"   ? &io.read_bytes
                               : name == "wbytes" ? &io.written_bytes
                               : name == "rios"   ? &io.reads
                               : name == "wios"   ? &io.writes
                                                  : nullptr;
            if (into != nullptr && !number) {
                return fail(ErrorCode::malformed, "io.stat: {}: no number for '{}'", io.device.substr(0, 32), name);
            }
            if (into != nullptr) {
                *into = *number;
            }
        }
        if (io.device.find(':') == std::string_view::npos) {
            return fail(ErrorCode::malformed, "io.stat: '{}' is no device", io.device.substr(0, 32));
        }
        devices.push_back(io);
    }
    return devices;
}

Result<std::optional<uint64_t>> parse_cgroup_number(std::string_view text) {
    text = trimmed(text);
    const auto number = number_in<uint64_t>(text);
    if (!number && text != "max") {
        return fail(ErrorCode::malformed, "neither a number nor max: '{}'", text.substr(0, 32));
    }
    return number;
}

}  // namespace vigie::agent

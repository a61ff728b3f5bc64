// The files of a control group, version 2: see the kernel's Documentation/admin-guide/cgroup-v2.rst. Lines that a newer
// kernel has and these parsers do not know are passed over.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent {

struct CgroupCpu {  // cpu.stat
    uint64_t usage_us = 0, user_us = 0, system_us = 0;
    std::optional<uint64_t> periods, throttled_periods, throttled_us;  // absent without the cpu controller
};
Result<CgroupCpu> parse_cgroup_cpu_stat(std::string_view text);

struct CgroupQuota {  // cpu.max
    uint64_t quota_us = 0;
    uint64_t period_us = 0;
};
// Nothing for "max 100000": there is no quota, and a number for it would make alerts of use over quota fire.
Result<std::optional<CgroupQuota>> parse_cgroup_cpu_max(std::string_view text);

struct CgroupMemory {  // memory.stat
    std::optional<uint64_t> anon, file, inactive_file, page_faults, major_page_faults;
};
Result<CgroupMemory> parse_cgroup_memory_stat(std::string_view text);

// memory.events: kills of the group's processes for want of memory.
Result<std::optional<uint64_t>> parse_cgroup_oom_kills(std::string_view text);

struct CgroupIo {             // a line of io.stat
    std::string_view device;  // "8:0"; a view of the text
    uint64_t read_bytes = 0, written_bytes = 0, reads = 0, writes = 0;
};
Result<std::vector<CgroupIo>> parse_cgroup_io_stat(std::string_view text);

// A file of one number; nothing for "max".
Result<std::optional<uint64_t>> parse_cgroup_number(std::string_view text);

}  // namespace vigie::agent

// fuzz: vigie_agent_collect
// The kernel's texts of devices, services and control groups: the first byte chooses the parser, the rest is the file.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/collect/arp.hpp"
#include "agent/collect/cgroup_files.hpp"
#include "agent/collect/cpu_sysfs.hpp"
#include "agent/collect/disk_info.hpp"
#include "agent/collect/hwmon.hpp"
#include "agent/collect/kernel_facts.hpp"
#include "agent/collect/mdadm.hpp"
#include "agent/collect/nfs.hpp"
#include "agent/collect/os_release.hpp"
#include "agent/collect/processes.hpp"
#include "agent/collect/schedstat.hpp"
#include "agent/collect/sysfs_devices.hpp"
#include "agent/collect/udp_queues.hpp"
#include "agent/collect/xfs.hpp"
#include "tests/fuzz/emit_twice.hpp"

namespace {

using namespace vigie::agent;

void feed_sensor(std::string_view text) {
    if (const auto file = parse_sensor_file(text)) {
        static_cast<void>(series_of_sensor(file->kind, file->element, text.size() % 2 == 0));
    }
    static_cast<void>(clean_chip_name(text));
}

void feed_cpu_list(std::string_view text) {
    const auto cpus = parse_cpu_list(text);
    for (const auto cpu : cpus ? *cpus : std::vector<uint64_t>{}) {
        if (cpu >= cpus_max) {
            __builtin_trap();
        }
    }
}

void feed_group(char kind, std::string_view text) {
    switch (kind) {
        case 'A':
            return static_cast<void>(parse_cgroup_cpu_stat(text));
        case 'B':
            return static_cast<void>(parse_cgroup_cpu_max(text));
        case 'C':
            return static_cast<void>(parse_cgroup_memory_stat(text));
        case 'D':
            return static_cast<void>(parse_cgroup_oom_kills(text));
        case 'E':
            return static_cast<void>(parse_cgroup_io_stat(text));
        default:
            return static_cast<void>(parse_cgroup_number(text));
    }
}

void feed(char kind, std::string_view text) {
    const std::vector<std::string> exclude{"lo", "veth*"};
    switch (kind) {
        case 'a':
            return emit_twice(parse_arp(text, exclude));
        case 'b':
            return static_cast<void>(parse_udp_queues(text));
        case 'c':
            return emit_twice(parse_schedstat(text));
        case 'd':
            return emit_twice(parse_mdstat(text));
        case 'e':
            return emit_twice(parse_nfs(text));
        case 'f':
            return emit_twice(parse_nfsd(text));
        case 'g':
            return emit_twice(parse_os_release(text));
        case 'h':
            return static_cast<void>(parse_selinux_config(text));
        case 'i':
            return feed_sensor(text);
        case 'j':
            return feed_cpu_list(text);
        case 'k':
            return static_cast<void>(parse_udev_properties(text));
        case 'l':
            return static_cast<void>(parse_xfs(text));
        case 'm':
            return static_cast<void>(parse_process_stat(text));
        case 'n':
            return static_cast<void>(parse_infiniband_rate(text));
        case 'o':
            return static_cast<void>(parse_attribute(text));
        default:
            return feed_group(kind, text);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (!input.empty()) {
        feed(input.front(), input.substr(1));
    }
    return 0;
}

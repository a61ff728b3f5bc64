// The list.
#include "agent/collect/registry.hpp"

#include "agent/collect/arp.hpp"
#include "agent/collect/bonding.hpp"
#include "agent/collect/cgroup.hpp"
#include "agent/collect/cpu_sysfs.hpp"
#include "agent/collect/dmi.hpp"
#include "agent/collect/filesystem.hpp"
#include "agent/collect/hwmon.hpp"
#include "agent/collect/kernel_collectors.hpp"
#include "agent/collect/kernel_facts.hpp"
#include "agent/collect/net_collectors.hpp"
#include "agent/collect/os_release.hpp"
#include "agent/collect/processes.hpp"
#include "agent/collect/rapl.hpp"
#include "agent/collect/sysfs_devices.hpp"
#include "agent/collect/systemd.hpp"
#include "agent/collect/textfile.hpp"
#include "agent/collect/udp_queues.hpp"
#include "agent/collect/xfs.hpp"

namespace vigie::agent {
namespace {

std::unique_ptr<Collector> make_filesystem(const CollectContext& context) {
    return std::make_unique<FilesystemCollector>(context.options, context.sources.buffer, context.mounts);
}

constexpr std::array<CollectorKind, 45> kinds{{
    {"arp", make_arp},
    {"bonding", make_bonding},
    {"cgroup", make_cgroup},
    {"conntrack", make_conntrack},
    {"cpu", make_cpu},
    {"cpufreq", make_cpufreq},
    {"diskstats", make_diskstats},
    {"dmi", make_dmi},
    {"edac", make_edac},
    {"entropy", make_entropy},
    {"fibrechannel", make_fibrechannel},
    {"filefd", make_filefd},
    {"filesystem", make_filesystem},
    {"hwmon", make_hwmon},
    {"infiniband", make_infiniband},
    {"loadavg", make_loadavg},
    {"mdadm", make_mdadm},
    {"meminfo", make_meminfo},
    {"netclass", make_netclass},
    {"netdev", make_netdev},
    {"netstat", make_netstat},
    {"nfs", make_nfs},
    {"nfsd", make_nfsd},
    {"nvme", make_nvme},
    {"os", make_os},
    {"powersupplyclass", make_powersupplyclass},
    {"pressure", make_pressure},
    {"processes", make_processes, false},
    {"rapl", make_rapl},
    {"reboot", make_reboot},
    {"schedstat", make_schedstat},
    {"selinux", make_selinux},
    {"sockstat", make_sockstat},
    {"softnet", make_softnet},
    {"stat", make_stat},
    {"systemd", make_systemd},
    {"tapestats", make_tapestats},
    {"thermal_zone", make_thermal_zone},
    {"time", make_time},
    {"timex", make_timex},
    {"udp_queues", make_udp_queues},
    {"uname", make_uname},
    {"vmstat", make_vmstat},
    {"xfs", make_xfs},
    {"textfile", make_textfile},
}};

}  // namespace

std::span<const CollectorKind> collector_kinds() {
    return kinds;
}

}  // namespace vigie::agent

// Types follow from names, as node_exporter's do (agent/collect's text format has the same rule).
#include "controller/web/metric_names.hpp"

#include <algorithm>
#include <array>

namespace vigie::controller::web {
namespace {

struct Known {
    std::string_view name;  // or its beginning, when it ends in *
    std::string_view help;
};

// Exact names before the beginnings that fit them too.
constexpr std::array known{
    Known{"node_arp_entries", "Entries of the ARP table of a device"},
    Known{"node_boot_time_seconds", "When the host booted, in Unix time"},
    Known{"node_context_switches_total", "Switches between tasks"},
    Known{"node_cpu_guest_seconds_total", "Seconds that processors spent on virtual machines, by mode"},
    Known{"node_cpu_seconds_total", "Seconds that processors spent in each mode"},
    Known{"node_cpu_scaling_frequency_hertz", "Current frequency of a processor"},
    Known{"node_disk_info", "A block device's place and model; always 1"},
    Known{"node_disk_io_now", "Requests that a disk works on now"},
    Known{"node_disk_io_time_seconds_total", "Seconds in which a disk had something to do"},
    Known{"node_disk_io_time_weighted_seconds_total",
          "Seconds that requests spent at a disk, those that wait included"},
    Known{"node_disk_read_bytes_total", "Bytes read from a disk"},
    Known{"node_disk_read_time_seconds_total", "Seconds that reads took"},
    Known{"node_disk_reads_completed_total", "Reads that a disk has done"},
    Known{"node_disk_write_time_seconds_total", "Seconds that writes took"},
    Known{"node_disk_writes_completed_total", "Writes that a disk has done"},
    Known{"node_disk_written_bytes_total", "Bytes written to a disk"},
    Known{"node_entropy_available_bits", "Bits of entropy that the kernel holds"},
    Known{"node_filefd_allocated", "Open files of the whole host"},
    Known{"node_filefd_maximum", "How many files may be open on the whole host"},
    Known{"node_filesystem_avail_bytes", "Space of a file system that users other than root may fill"},
    Known{"node_filesystem_device_error", "1 when the file system could not be asked"},
    Known{"node_filesystem_files", "Inodes of a file system"},
    Known{"node_filesystem_files_free", "Free inodes of a file system"},
    Known{"node_filesystem_free_bytes", "Free space of a file system"},
    Known{"node_filesystem_readonly", "1 when the file system is mounted read-only"},
    Known{"node_filesystem_size_bytes", "Size of a file system"},
    Known{"node_forks_total", "Processes and threads ever made"},
    Known{"node_intr_total", "Interrupts served"},
    Known{"node_load1", "Load average of a minute"},
    Known{"node_load15", "Load average of fifteen minutes"},
    Known{"node_load5", "Load average of five minutes"},
    Known{"node_memory_MemAvailable_bytes", "Memory that programs can still get without swapping"},
    Known{"node_memory_MemFree_bytes", "Memory that not even caches use"},
    Known{"node_memory_MemTotal_bytes", "Memory of the host"},
    Known{"node_memory_SwapFree_bytes", "Swap that is not used"},
    Known{"node_memory_SwapTotal_bytes", "Swap of the host"},
    Known{"node_network_info", "A network device's address and state; always 1"},
    Known{"node_network_receive_bytes_total", "Bytes received by a network device"},
    Known{"node_network_receive_drop_total", "Packets received and dropped"},
    Known{"node_network_receive_errs_total", "Packets received with an error"},
    Known{"node_network_receive_packets_total", "Packets received by a network device"},
    Known{"node_network_speed_bytes", "Speed of a network device, in bytes a second"},
    Known{"node_network_transmit_bytes_total", "Bytes sent by a network device"},
    Known{"node_network_transmit_drop_total", "Packets dropped instead of sent"},
    Known{"node_network_transmit_errs_total", "Packets that could not be sent"},
    Known{"node_network_transmit_packets_total", "Packets sent by a network device"},
    Known{"node_network_up", "1 when the device's state is up"},
    Known{"node_nf_conntrack_entries", "Connections that the firewall tracks"},
    Known{"node_nf_conntrack_entries_limit", "How many connections the firewall can track"},
    Known{"node_os_info", "The system's release; always 1"},
    Known{"node_pressure_cpu_waiting_seconds_total", "Seconds in which some task waited for a processor"},
    Known{"node_pressure_io_stalled_seconds_total", "Seconds in which all tasks waited for input and output"},
    Known{"node_pressure_io_waiting_seconds_total", "Seconds in which some task waited for input and output"},
    Known{"node_pressure_memory_stalled_seconds_total", "Seconds in which all tasks waited for memory"},
    Known{"node_pressure_memory_waiting_seconds_total", "Seconds in which some task waited for memory"},
    Known{"node_procs_blocked", "Processes that wait for input and output"},
    Known{"node_procs_running", "Processes that can run"},
    Known{"node_reboot_required", "1 when an update asks for a reboot"},
    Known{"node_scrape_collector_success", "0 when the agent's collector failed or found nothing"},
    Known{"node_textfile_mtime_seconds", "When a script last wrote its text file, in Unix time"},
    Known{"node_textfile_scrape_error", "1 when a text file has a line that can't be read"},
    Known{"node_time_seconds", "The host's clock, in Unix time"},
    Known{"node_timex_offset_seconds", "How far the clock is off its source"},
    Known{"node_timex_sync_status", "1 when the clock is synchronised"},
    Known{"node_uname_info", "The kernel and the host's name; always 1"},
    Known{"container_cpu_usage_seconds_total", "Processor seconds that a control group used"},
    Known{"container_memory_working_set_bytes", "Memory of a control group that cannot be taken back at once"},
    Known{"vigie_memory_available_bytes", "MemAvailable and what ZFS's cache would give back"},
    Known{"vigie_cgroups_left_out", "Control groups beyond those that are read"},
    Known{"vigie_collectors_hanging", "Collectors that are left out because an earlier read of theirs has not ended"},
    Known{"node_disk_*", "Counters of a disk, of /proc/diskstats"},
    Known{"node_hwmon_*", "A sensor of /sys/class/hwmon"},
    Known{"node_memory_*", "A line of /proc/meminfo"},
    Known{"node_netstat_*", "A counter of /proc/net/netstat, /proc/net/snmp or /proc/net/snmp6"},
    Known{"node_network_*", "A network device, of /proc/net/dev and /sys/class/net"},
    Known{"node_nf_conntrack_*", "A counter of connection tracking"},
    Known{"node_schedstat_*", "The scheduler's work on a processor, of /proc/schedstat"},
    Known{"node_sockstat_*", "Sockets, of /proc/net/sockstat and /proc/net/sockstat6"},
    Known{"node_softnet_*", "The network's work on a processor, of /proc/net/softnet_stat"},
    Known{"node_timex_*", "The kernel's clock, of adjtimex(2)"},
    Known{"node_vmstat_*", "A line of /proc/vmstat"},
    Known{"node_xfs_*", "A counter of XFS"},
    Known{"container_pressure_*", "Pressure of a control group, of its *.pressure files"},
    Known{"container_*", "A control group, under cAdvisor's names"},
};

bool fits(std::string_view pattern, std::string_view name) {
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}

std::string_view type_of(std::string_view name) {
    if (name.starts_with("node_netstat_") || name.starts_with("node_vmstat_")) {
        return "unknown";
    }
    if (name.ends_with("_total")) {
        return "counter";
    }
    const bool is_agents = name.starts_with("node_") || name.starts_with("vigie_") || name.starts_with("container_");
    return is_agents ? "gauge" : "unknown";
}

std::string_view unit_of(std::string_view name) {
    static constexpr std::array<std::string_view, 8> units{"seconds", "bytes", "celsius", "volts",
                                                           "amperes", "hertz", "ratio",   "joules"};
    if (name.ends_with("_total")) {
        name.remove_suffix(std::string_view("_total").size());
    }
    const auto last = name.substr(std::min(name.rfind('_') + 1, name.size()));
    const auto found = std::find(units.begin(), units.end(), last);
    return found == units.end() ? std::string_view() : *found;
}

}  // namespace

MetricMeta meta_of(std::string_view name) {
    const auto found =
        std::find_if(known.begin(), known.end(), [name](const Known& one) { return fits(one.name, name); });
    return {
        .type = type_of(name), .help = found == known.end() ? std::string_view() : found->help, .unit = unit_of(name)};
}

}  // namespace vigie::controller::web

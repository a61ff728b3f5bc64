// Texts of the kernel to readings. Inputs are shortened captures and the cases that broke other collectors.
#include <boost/test/unit_test.hpp>

#include "agent/collect/cpu.hpp"
#include "agent/collect/diskstats.hpp"
#include "agent/collect/meminfo.hpp"
#include "agent/collect/mounts.hpp"
#include "agent/collect/net_counters.hpp"
#include "agent/collect/netdev.hpp"
#include "agent/collect/small_files.hpp"
#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {
namespace {

using tests_of_collect::series_of;

constexpr size_t iowait = static_cast<size_t>(CpuMode::iowait);
constexpr size_t idle = static_cast<size_t>(CpuMode::idle);

}  // namespace

BOOST_AUTO_TEST_SUITE(meminfo)

BOOST_AUTO_TEST_CASE(kilobytes_are_1024_bytes_and_counts_are_not_bytes) {
    const auto reading = parse_meminfo("MemTotal: 100 kB\nActive(anon):  3 kB\nHugePages_Total:   7\n");
    BOOST_REQUIRE(reading);
    BOOST_TEST(
        series_of(*reading) ==
        "node_memory_MemTotal_bytes 102400\nnode_memory_Active_anon_bytes 3072\nnode_memory_HugePages_Total 7\n");
}

BOOST_AUTO_TEST_CASE(a_large_page_cache_counts_as_available) {
    const auto reading = parse_meminfo("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 800 kB\nCached: 790 kB\n");
    BOOST_TEST(available_bytes(*reading, std::nullopt) == 800u * 1024);
}

BOOST_AUTO_TEST_CASE(zfs_cache_above_its_minimum_counts_as_available) {
    const auto memory = parse_meminfo("MemTotal: 1000 kB\nMemAvailable: 100 kB\n");
    const auto arc = parse_arcstats("9 1 0x01 2\nname type data\nc_min 4 1024\nsize 4 5120\n");
    BOOST_REQUIRE((memory && arc));
    BOOST_TEST(available_bytes(*memory, *arc) == 100u * 1024 + 4096);
    BOOST_TEST(available_bytes(*memory, ArcReading{.size_bytes = 10, .size_min_bytes = 20}) == 100u * 1024);
}

BOOST_AUTO_TEST_CASE(garbage_is_an_error) {
    BOOST_TEST(!parse_meminfo(""));
    BOOST_TEST(!parse_meminfo("MemTotal: x kB\n"));
    BOOST_TEST(!parse_meminfo("MemFree: 5 kB\n"));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(cpu)

BOOST_AUTO_TEST_CASE(columns_are_hundredths_of_a_second_by_mode) {
    const auto reading = parse_stat(
        "cpu  9 9 9 9\ncpu1 100 2 3 400 50 6 7 8 9 10\nintr 55 1 2 3\nctxt 77\nbtime 1700000000\nprocesses 12\n"
        "procs_running 3\nprocs_blocked 1\nsoftirq 5 6\n");
    BOOST_REQUIRE(reading);
    CpuCounters counters;
    counters.update(reading->cpus);
    BOOST_TEST(
        series_of(counters) ==
        "node_cpu_seconds_total{cpu=\"1\",mode=\"user\"} 1\nnode_cpu_seconds_total{cpu=\"1\",mode=\"nice\"} 0.02\n"
        "node_cpu_seconds_total{cpu=\"1\",mode=\"system\"} 0.03\nnode_cpu_seconds_total{cpu=\"1\",mode=\"idle\"} 4\n"
        "node_cpu_seconds_total{cpu=\"1\",mode=\"iowait\"} 0.5\nnode_cpu_seconds_total{cpu=\"1\",mode=\"irq\"} 0.06\n"
        "node_cpu_seconds_total{cpu=\"1\",mode=\"softirq\"} 0.07\n"
        "node_cpu_seconds_total{cpu=\"1\",mode=\"steal\"} 0.08\n"
        "node_cpu_guest_seconds_total{cpu=\"1\",mode=\"user\"} 0.09\n"
        "node_cpu_guest_seconds_total{cpu=\"1\",mode=\"nice\"} 0.1\n");
    BOOST_TEST(series_of(*reading) ==
               "node_intr_total 55\nnode_context_switches_total 77\nnode_forks_total 12\n"
               "node_boot_time_seconds 1700000000\nnode_procs_running 3\nnode_procs_blocked 1\n");
}

BOOST_AUTO_TEST_CASE(a_counter_that_steps_back_gives_no_negative_delta_and_no_spike) {
    CpuCounters counters;
    std::vector<uint64_t> seen;
    for (const uint64_t ticks : {548282, 548281, 548282}) {
        CpuTimes times;
        times.ticks[iowait] = ticks;
        counters.update({times});
        seen.push_back(counters.cpus()[0].ticks[iowait]);
    }
    BOOST_TEST((seen == std::vector<uint64_t>{548282, 548282, 548282}));
}

BOOST_AUTO_TEST_CASE(an_idle_counter_that_falls_by_three_seconds_resets_that_cpu_only) {
    const auto at = [](uint32_t cpu, uint64_t idle_ticks, uint64_t iowait_ticks) {
        CpuTimes times{.cpu = cpu};
        times.ticks[idle] = idle_ticks;
        times.ticks[iowait] = iowait_ticks;
        return times;
    };
    CpuCounters counters;
    counters.update({at(0, 10'000, 500), at(1, 10'000, 500)});
    counters.update({at(0, 9'701, 499), at(1, 9'700, 499)});
    BOOST_TEST((counters.cpus()[0] == at(0, 10'000, 500)));
    BOOST_TEST((counters.cpus()[1] == at(1, 9'700, 499)));
}

BOOST_AUTO_TEST_CASE(a_cpu_taken_offline_disappears) {
    CpuCounters counters;
    counters.update({CpuTimes{.cpu = 0}, CpuTimes{.cpu = 1}});
    counters.update({CpuTimes{.cpu = 1}});
    BOOST_TEST(counters.cpus().size() == 1u);
    BOOST_TEST(counters.cpus()[0].cpu == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(disks)

BOOST_AUTO_TEST_CASE(partitions_and_pseudo_devices_are_left_out_as_node_exporter_does) {
    for (const auto* name : {"ram0", "loop7", "fd0", "sda1", "vdb12", "hda3", "xvda1", "nvme0n1p2"}) {
        BOOST_TEST(is_excluded_disk(name), name);
    }
    for (const auto* name :
         {"sda", "vda", "xvda", "nvme0n1", "dm-0", "md127", "zram0", "sdaa1", "nvmep1", "ram", "sr0"}) {
        BOOST_TEST(!is_excluded_disk(name), name);
    }
}

BOOST_AUTO_TEST_CASE(old_kernels_have_less_columns) {
    const auto disks = parse_diskstats(" 8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n 8 1 sda1 1 1 1 1\n");
    BOOST_REQUIRE(disks);
    BOOST_REQUIRE(disks->size() == 1u);
    const auto series = series_of(*disks);
    BOOST_TEST(series.find("node_disk_read_bytes_total{device=\"sda\"} 1536\n") != std::string::npos);
    BOOST_TEST(series.find("node_disk_io_time_weighted_seconds_total{device=\"sda\"} 0.011\n") != std::string::npos);
    BOOST_TEST(series.find("discard") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(network)

constexpr auto headings = "Inter-|   Receive\n face |bytes\n";

BOOST_AUTO_TEST_CASE(excluded_interfaces_are_not_even_parsed) {
    const std::vector<std::string> exclude{"lo", "veth*"};
    const auto text =
        std::string(headings) + "    lo: broken\nveth1a: broken\n  eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
    const auto devices = parse_netdev(text, exclude);
    BOOST_REQUIRE(devices);
    BOOST_REQUIRE(devices->size() == 1u);
    const auto series = series_of(*devices);
    BOOST_TEST(series.starts_with("node_network_receive_bytes_total{device=\"eth0\"} 1\n"));
    BOOST_TEST(series.ends_with("node_network_transmit_compressed_total{device=\"eth0\"} 16\n"));
}

BOOST_AUTO_TEST_CASE(a_short_line_is_an_error) {
    BOOST_TEST(!parse_netdev(std::string(headings) + "eth0: 1 2 3\n", {}));
    BOOST_TEST(!parse_netdev(std::string(headings) + "no colon\n", {}));
}

BOOST_AUTO_TEST_CASE(protocol_counters_are_node_exporters_default_ones) {
    const auto counters = parse_net_pairs(
        "Tcp: RtoMin MaxConn InSegs InErrs\nTcp: 200 -1 5 6\nTcpExt: ListenDrops TW\nTcpExt: 7 8\nIp: Forwarding\nIp: "
        "2\n");
    BOOST_REQUIRE(counters);
    BOOST_TEST(series_of(*counters) ==
               "node_netstat_Tcp_InSegs 5\nnode_netstat_Tcp_InErrs 6\nnode_netstat_TcpExt_ListenDrops 7\n"
               "node_netstat_Ip_Forwarding 2\n");
    BOOST_TEST(!parse_net_pairs("Tcp: InSegs\nUdp: 1\n"));
    const auto six = parse_snmp6("Ip6InOctets 128\nIp6InDiscards 3\nUdpLite6InErrors 1\n");
    BOOST_TEST(series_of(*six) == "node_netstat_Ip6_InOctets 128\nnode_netstat_UdpLite6_InErrors 1\n");
}

BOOST_AUTO_TEST_CASE(socket_memory_is_in_pages_and_in_bytes) {
    const auto counters = parse_sockstat("sockets: used 22\nTCP: inuse 4 mem 2\n");
    BOOST_REQUIRE(counters);
    SeriesWriter writer;
    writer.begin();
    emit_sockstat(*counters, 4096, writer);
    writer.finish();
    BOOST_TEST(
        writer.schema() ==
        "node_sockstat_sockets_used\nnode_sockstat_TCP_inuse\nnode_sockstat_TCP_mem\nnode_sockstat_TCP_mem_bytes\n");
    BOOST_TEST((writer.values() == std::vector<double>{22, 4, 2, 8192}));
}

BOOST_AUTO_TEST_CASE(softnet_lines_name_their_cpu_on_new_kernels_and_stand_in_order_on_old_ones) {
    const auto fresh = parse_softnet("000000ff 1 2 0 0 0 0 0 0 0 0 0 00000003 0 0\n");
    BOOST_REQUIRE(fresh);
    BOOST_TEST((*fresh)[0].cpu == 3u);
    BOOST_TEST((*fresh)[0].processed == 255u);
    const auto old = parse_softnet("1 0 0\n2 0 0\n");
    BOOST_TEST((*old)[1].cpu == 1u);
    BOOST_TEST(!parse_softnet("zz 0 0\n"));
}

BOOST_AUTO_TEST_CASE(connection_tracking_is_summed_over_cpus) {
    const auto reading = parse_conntrack("entries found drop\n0a 01 02\n0a 0f 03\n");
    BOOST_REQUIRE(reading);
    BOOST_TEST(reading->found == 16u);
    BOOST_TEST(reading->drop == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(small_sources)

BOOST_AUTO_TEST_CASE(pressure_gives_totals_and_passes_over_lines_it_does_not_know) {
    const auto reading = parse_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=42\nnew avg10=0.00 total=1\n");
    BOOST_REQUIRE(reading);
    BOOST_TEST(reading->some_total_us.value() == 42u);
    BOOST_TEST(!reading->full_total_us.has_value());
    BOOST_TEST(!parse_pressure("some avg10=0\n"));
}

BOOST_AUTO_TEST_CASE(load_descriptors_and_vmstat) {
    BOOST_TEST(series_of(*parse_loadavg("1.58 1.29 0.76 2/123 999\n")) ==
               "node_load1 1.58\nnode_load5 1.29\nnode_load15 0.76\n");
    BOOST_TEST(!parse_loadavg("1.58 x"));
    BOOST_TEST(series_of(*parse_file_nr("640\t0\t9223372036854775807\n")) ==
               "node_filefd_allocated 640\nnode_filefd_maximum 9.223372036854776e+18\n");
    BOOST_TEST(series_of(*parse_vmstat("nr_free 1\npgpgin 2\npgmajfault 3\npgsteal 4\noom_kill 5\n")) ==
               "node_vmstat_pgpgin 2\nnode_vmstat_pgmajfault 3\nnode_vmstat_oom_kill 5\n");
}

BOOST_AUTO_TEST_CASE(patterns_know_only_the_star) {
    BOOST_TEST(matches("veth*", "veth12"));
    BOOST_TEST(matches("*eth*0", "veth10"));
    BOOST_TEST(!matches("veth*", "eth0"));
    BOOST_TEST(!matches("lo", "lo0"));
    BOOST_TEST(matches("*", ""));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(mount_table)

BOOST_AUTO_TEST_CASE(the_same_mount_listed_twice_is_one_with_the_options_of_the_last) {
    const auto mounts = parse_mounts("/dev/vda / ext4 ro,relatime 0 0\n/dev/vda / ext4 rw,relatime,errors=ro 0 0\n");
    BOOST_REQUIRE(mounts);
    BOOST_TEST((*mounts == std::vector<Mount>{{"/dev/vda", "/", "ext4", false}}));
}

BOOST_AUTO_TEST_CASE(pseudo_file_systems_and_containers_are_left_out) {
    for (const auto* place : {"/dev", "/proc/x", "/run/user/0", "/sys", "/mnt", "/media/usb", "/var/lib/docker/x",
                              "/var/lib/containers/storage/a"}) {
        BOOST_TEST(is_excluded_mountpoint(place), place);
    }
    for (const auto* place : {"/", "/device", "/home", "/var/lib/docker", "/var/lib/docker/", "/runner", "/srv/mnt"}) {
        BOOST_TEST(!is_excluded_mountpoint(place), place);
    }
    BOOST_TEST(is_excluded_fstype("overlay"));
    BOOST_TEST(!is_excluded_fstype("tmpfs"));
}

BOOST_AUTO_TEST_CASE(escaped_characters_of_a_mount_point_are_decoded) {
    const auto mounts = parse_mounts("/dev/sdb1 /srv/my\\040disk\\134 xfs rw 0 0\n");
    BOOST_TEST((*mounts)[0].mountpoint == "/srv/my disk\\");
    BOOST_TEST(!parse_mounts("/dev/sdb1 /srv\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

// What udev knows of disks, XFS's counters, and processes by state.
#include "agent/collect/disk_info.hpp"
#include "agent/collect/processes.hpp"
#include "agent/collect/xfs.hpp"
#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

BOOST_FIXTURE_TEST_SUITE(disk_info, Tree)

BOOST_AUTO_TEST_CASE(properties_are_the_lines_with_e) {
    const auto properties = parse_udev_properties("S:disk/x\nE:ID_MODEL=A=B\nE:broken\nG:systemd\n");
    BOOST_TEST(properties.size() == 1u);
    BOOST_TEST(properties.at("ID_MODEL") == "A=B");
}

BOOST_AUTO_TEST_CASE(a_disk_has_what_udev_says_now) {
    put("proc/diskstats", "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n 253 1 dm-0 1 2 3 4 5 6 7 8 9 10 11\n");
    put("udev/b8:0", "E:ID_MODEL=Disk\nE:ID_ATA=1\nE:ID_ATA_ROTATION_RATE_RPM=7200\n");
    auto set = open();
    const auto of = [&](const char* prefix) { return lines_of(by_key(set->collect(clock.wall()).batch), prefix); };
    BOOST_TEST(of("node_disk_ata") == "node_disk_ata_rotation_rate_rpm{device=\"sda\"} 7200\n");
    BOOST_TEST(
        of("node_disk_info{device=\"sda\"") ==
        "node_disk_info{device=\"sda\",major=\"8\",minor=\"0\",model=\"Disk\",path=\"\",revision=\"\",serial=\"\","
        "wwn=\"\"} 1\n");
    put("udev/b253:1", "E:DM_NAME=vg-home\nE:DM_VG_NAME=vg\nE:ID_FS_TYPE=xfs\n");
    BOOST_TEST(of("node_disk_device_mapper") ==
               "node_disk_device_mapper_info{device=\"dm-0\",lv_layer=\"\",lv_name=\"\",name=\"vg-home\",uuid=\"\","
               "vg_name=\"vg\"} 1\n");
    BOOST_TEST(of("node_disk_filesystem_info").find("type=\"xfs\"") != std::string::npos);
    remove("udev/b253:1");
    BOOST_TEST(of("node_disk_device_mapper").empty());
}

BOOST_AUTO_TEST_CASE(excluded_disks_have_no_series) {
    put("proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n43 0 nbd0 1 2 3 4 5 6 7 8 9 10 11\n");
    options.diskstats_exclude = {"nbd*"};
    BOOST_TEST(lines_of(collect(), "node_disk").find("nbd0") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_FIXTURE_TEST_SUITE(xfs, Tree)

BOOST_AUTO_TEST_CASE(columns_go_to_their_series) {
    const auto counters = parse_xfs("extent_alloc 1 2 3 4\nrw 5 6\nxpc 7 8 9\n");
    BOOST_REQUIRE(counters);
    BOOST_REQUIRE(counters->size() == 6u);
    BOOST_TEST((*counters)[3].series == std::string("node_xfs_extent_allocation_blocks_freed_total"));
    BOOST_TEST((*counters)[3].value == 4);
    BOOST_TEST((*counters)[5].series == std::string("node_xfs_read_calls_total"));
    BOOST_TEST((*counters)[5].value == 6);
    BOOST_TEST(!parse_xfs("rw 5\n"));
    BOOST_TEST(!parse_xfs("rw 5 x\n"));
}

BOOST_AUTO_TEST_CASE(a_damaged_file_leaves_the_other_file_systems) {
    put("sys/fs/xfs/sda1/stats/stats", "rw 1\n");
    put("sys/fs/xfs/sdb1/stats/stats", "rw 1 2\n");
    put("sys/fs/xfs/debug/bug_on_assert", "0\n");
    const auto collection = open()->collect(clock.wall());
    BOOST_TEST(by_key(collection.batch).at("node_xfs_read_calls_total{device=\"sdb1\"}") == 2);
    BOOST_TEST(outcome_of(collection, "xfs").error.message.starts_with("sda1: "));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_FIXTURE_TEST_SUITE(processes, Tree)

BOOST_AUTO_TEST_CASE(a_name_may_hold_parentheses_and_blanks) {
    const auto reading = parse_process_stat("7 (a) R (b) S 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 3 0 99");
    BOOST_REQUIRE(reading);
    BOOST_TEST(reading->state == 'S');
    BOOST_TEST(reading->threads == 3u);
    for (const auto* bad : {"", "7 a S", "7 (a) S 1 1", "7 (a) Sleeping 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 3"}) {
        BOOST_TEST(!parse_process_stat(bad), bad);
    }
}

BOOST_AUTO_TEST_CASE(processes_and_threads_by_state_only_when_asked_for) {
    const auto line = [](int pid, char state, int threads) {
        return fmt::format("{} (x) {} 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 {} 0 99\n", pid, state, threads);
    };
    put("proc/5/stat", line(5, 'S', 2));
    put("proc/5/task/5/stat", line(5, 'S', 2));
    put("proc/5/task/6/stat", line(6, 'R', 2));
    put("proc/9/comm", "gone meanwhile");
    put("proc/sys/kernel/threads-max", "1000\n");
    put("proc/sys/kernel/pid_max", "32768\n");
    BOOST_TEST(lines_of(collect(), "node_processes").empty());
    options.enabled = {"processes"};
    BOOST_TEST(
        lines_of(collect(), "node_processes") ==
        "node_processes_max_processes 32768\nnode_processes_max_threads 1000\nnode_processes_pids 1\n"
        "node_processes_state{state=\"S\"} 1\nnode_processes_threads 2\n"
        "node_processes_threads_state{thread_state=\"R\"} 1\nnode_processes_threads_state{thread_state=\"S\"} 1\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

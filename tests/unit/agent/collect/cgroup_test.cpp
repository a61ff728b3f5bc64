// Control groups.
#include "agent/collect/cgroup.hpp"

#include "agent/collect/cgroup_files.hpp"
#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

BOOST_AUTO_TEST_SUITE(cgroup_files)

BOOST_AUTO_TEST_CASE(a_line_that_the_parser_does_not_know_changes_nothing) {
    const auto cpu =
        parse_cgroup_cpu_stat("usage_usec 5\nuser_usec 3\nsystem_usec 2\ncore_sched.force_idle_usec 9\nnr_bursts 1\n");
    BOOST_REQUIRE(cpu);
    BOOST_TEST(cpu->usage_us == 5u);
    BOOST_TEST(cpu->system_us == 2u);
    BOOST_TEST(!cpu->periods.has_value());
    BOOST_TEST(!parse_cgroup_cpu_stat("user_usec 3\n"));
    BOOST_TEST(!parse_cgroup_cpu_stat("usage_usec x\n"));
}

BOOST_AUTO_TEST_CASE(a_quota_is_one_only_when_it_is_a_number) {
    BOOST_TEST(!parse_cgroup_cpu_max("max 100000\n").value().has_value());
    const auto quota = parse_cgroup_cpu_max("50000 100000\n").value();
    BOOST_REQUIRE(quota.has_value());
    BOOST_TEST(quota->quota_us == 50000u);
    BOOST_TEST(quota->period_us == 100000u);
    BOOST_TEST(!parse_cgroup_cpu_max("50000\n"));
    BOOST_TEST(!parse_cgroup_cpu_max("some 100000\n"));
    BOOST_TEST(!parse_cgroup_number("max\n").value().has_value());
    BOOST_TEST(parse_cgroup_number("7\n").value().value() == 7u);
    BOOST_TEST(!parse_cgroup_number("\n"));
}

BOOST_AUTO_TEST_CASE(disks_and_kills) {
    const auto devices =
        parse_cgroup_io_stat("8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6 cost.usage=7\n259:1 rbytes=9\n");
    BOOST_REQUIRE(devices);
    BOOST_REQUIRE(devices->size() == 2u);
    BOOST_TEST((*devices)[0].writes == 4u);
    BOOST_TEST((*devices)[1].read_bytes == 9u);
    BOOST_TEST(!parse_cgroup_io_stat("8:0 rbytes=x\n"));
    BOOST_TEST(!parse_cgroup_io_stat("nothing\n"));
    BOOST_TEST(parse_cgroup_oom_kills("low 0\noom 3\noom_kill 2\n").value().value() == 2u);
    BOOST_TEST(!parse_cgroup_oom_kills("oom x\n"));
    BOOST_TEST(parse_cgroup_memory_stat("anon 5\ninactive_file 6\n").value().anon.value() == 5u);
    BOOST_TEST(!parse_cgroup_memory_stat("anon\n"));
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct CgroupTreeOfFiles : Tree {
    CgroupTreeOfFiles() { put("sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n"); }
    static std::string series(const char* name, const char* id) { return fmt::format("{}{{id=\"{}\"}}", name, id); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cgroup, CgroupTreeOfFiles)

// 500,000 µs of processor time in a second is half a core, and an eighth of four; without a quota there is nothing to
// be over.
BOOST_AUTO_TEST_CASE(half_a_core_without_a_quota_has_no_quota_series) {
    const auto put_usage = [&](uint64_t us) {
        put("sys/fs/cgroup/system.slice/a.service/cpu.stat",
            fmt::format("usage_usec {}\nuser_usec 0\nsystem_usec 0\nnr_periods 5\nnr_throttled 1\nthrottled_usec 2\n",
                        us));
    };
    put("proc/stat", "cpu0 1 1 1 1\ncpu1 1 1 1 1\ncpu2 1 1 1 1\ncpu3 1 1 1 1\n");
    put("sys/fs/cgroup/system.slice/a.service/cpu.max", "max 100000\n");
    put_usage(1'000'000);
    auto set = open();
    const auto key = series("container_cpu_usage_seconds_total", "/system.slice/a.service");
    const auto before = by_key(set->collect(clock.wall()).batch);
    put_usage(1'500'000);
    const auto after = by_key(set->collect(clock.wall()).batch);
    BOOST_TEST(after.at(key) - before.at(key) == 0.5);
    BOOST_TEST((after.at(key) - before.at(key)) / 4 == 0.125);
    BOOST_TEST(lines_of(after, "container_spec_cpu").empty());
    BOOST_TEST(lines_of(after, "container_cpu_cfs").empty());
}

BOOST_AUTO_TEST_CASE(a_unit_with_a_quota_has_its_throttling) {
    put("sys/fs/cgroup/a.service/cpu.stat",
        "usage_usec 1\nuser_usec 1\nsystem_usec 0\nnr_periods 5\nnr_throttled 3\nthrottled_usec 250000\n");
    put("sys/fs/cgroup/a.service/cpu.max", "50000 100000\n");
    const auto all = collect();
    BOOST_TEST(all.at(series("container_spec_cpu_quota", "/a.service")) == 50000);
    BOOST_TEST(all.at(series("container_cpu_cfs_throttled_periods_total", "/a.service")) == 3);
    BOOST_TEST(all.at(series("container_cpu_cfs_throttled_seconds_total", "/a.service")) == 0.25);
}

BOOST_AUTO_TEST_CASE(memory_disks_and_threads_of_a_unit) {
    put_all("sys/fs/cgroup/a.service",
            {{"memory.current", "1000"},
             {"memory.max", "max"},
             {"memory.stat", "anon 600\nfile 400\ninactive_file 300\nnew_in_linux_7 1\npgfault 7\npgmajfault 3"},
             {"memory.events", "oom 1\noom_kill 2"},
             {"io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4\n9:9 rbytes=5"},
             {"pids.current", "12"},
             {"pids.max", "4915"}});
    link("sys/dev/block/8:0", "../../devices/pci/block/sda");
    const auto all = collect();
    BOOST_TEST(all.at(series("container_memory_usage_bytes", "/a.service")) == 1000);
    BOOST_TEST(all.at(series("container_memory_working_set_bytes", "/a.service")) == 700);
    BOOST_TEST(
        lines_of(all, "container_memory_failures_total") ==
        "container_memory_failures_total{failure_type=\"pgfault\",id=\"/a.service\",scope=\"container\"} 7\n"
        "container_memory_failures_total{failure_type=\"pgmajfault\",id=\"/a.service\",scope=\"container\"} 3\n");
    BOOST_TEST(all.at(series("container_oom_events_total", "/a.service")) == 2);
    BOOST_TEST(all.at(series("container_threads_max", "/a.service")) == 4915);
    BOOST_TEST(!all.contains(series("container_spec_memory_limit_bytes", "/a.service")));
    BOOST_TEST(all.at("container_fs_writes_total{device=\"/dev/sda\",id=\"/a.service\"}") == 4);
    BOOST_TEST(all.at("container_fs_reads_bytes_total{device=\"9:9\",id=\"/a.service\"}") == 5);
}

BOOST_AUTO_TEST_CASE(pressure_that_cannot_be_read_is_absent_and_all_else_stands) {
    put("sys/fs/cgroup/a.service/cpu.stat", "usage_usec 1000000\n");
    put("sys/fs/cgroup/a.service/io.pressure", "some avg10=0 avg60=0 avg300=0 total=1500000\n");
    std::filesystem::create_directories(folder / "sys/fs/cgroup/a.service/cpu.pressure");  // as EOPNOTSUPP would fail
    const auto all = collect();
    BOOST_TEST(lines_of(all, "container_pressure") ==
               "container_pressure_io_waiting_seconds_total{id=\"/a.service\"} 1.5\n");
    BOOST_TEST(all.at(series("container_cpu_usage_seconds_total", "/a.service")) == 1);
    BOOST_TEST(all.at("node_scrape_collector_success{collector=\"cgroup\"}") == 1);
}

BOOST_AUTO_TEST_CASE(the_tree_is_walked_to_its_depth_without_what_is_excluded) {
    for (const auto* id : {"a/b/c/d", "user.slice/session", "z"}) {
        std::filesystem::create_directories(folder / (std::string("sys/fs/cgroup/") + id));
    }
    const std::vector<std::string> exclude{"/user.slice*"};
    const auto tree = list_cgroups(folder / "sys/fs/cgroup", 3, exclude);
    BOOST_TEST((tree.ids == std::vector<std::string>{"/a", "/a/b", "/a/b/c", "/z"}));
    BOOST_TEST(list_cgroups(folder / "nowhere", 3, exclude).ids.empty());
}

BOOST_AUTO_TEST_CASE(groups_over_the_limit_are_counted) {
    for (size_t i = 0; i < cgroups_max + 3; ++i) {
        std::filesystem::create_directories(folder / fmt::format("sys/fs/cgroup/g{}", i));
    }
    BOOST_TEST(collect().at("vigie_cgroups_left_out") == 3);
}

BOOST_AUTO_TEST_CASE(a_group_that_goes_away_is_missing_alone_and_a_host_of_version_1_has_none) {
    put("sys/fs/cgroup/a/cpu.stat", "usage_usec 1\n");
    put("sys/fs/cgroup/b/cpu.stat", "usage_usec 1\n");
    auto set = open();
    BOOST_TEST(by_key(set->collect(clock.wall()).batch).contains(series("container_cpu_usage_seconds_total", "/a")));
    remove("sys/fs/cgroup/a");
    const auto all = by_key(set->collect(clock.wall()).batch);
    BOOST_TEST(!all.contains(series("container_cpu_usage_seconds_total", "/a")));
    BOOST_TEST(all.contains(series("container_cpu_usage_seconds_total", "/b")));
    remove("sys/fs/cgroup/cgroup.controllers");
    BOOST_TEST(by_key(set->collect(clock.wall()).batch).at("node_scrape_collector_success{collector=\"cgroup\"}") == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

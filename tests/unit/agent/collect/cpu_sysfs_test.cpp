// Frequencies, throttling and isolation.
#include "agent/collect/cpu_sysfs.hpp"

#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

BOOST_FIXTURE_TEST_SUITE(cpu_sysfs, Tree)

BOOST_AUTO_TEST_CASE(lists_of_cpus_have_ranges) {
    BOOST_TEST((*parse_cpu_list("0-2,5\n") == std::vector<uint64_t>{0, 1, 2, 5}));
    BOOST_TEST(parse_cpu_list("\n")->empty());
    for (const auto* bad : {"2-1", "x", "0-99999", ",", "1--2", "8192"}) {
        BOOST_TEST(!parse_cpu_list(bad), bad);
    }
}

BOOST_AUTO_TEST_CASE(throttling_is_counted_once_for_each_core_and_package) {
    for (int cpu = 0; cpu < 4; ++cpu) {
        const auto below = fmt::format("sys/devices/system/cpu/cpu{}", cpu);
        put_all(below + "/topology", {{"physical_package_id", "0"}, {"core_id", fmt::format("{}", cpu / 2)}});
        put_all(below + "/thermal_throttle",
                {{"core_throttle_count", fmt::format("{}", 10 + cpu / 2)}, {"package_throttle_count", "7"}});
    }
    put("sys/devices/system/cpu/isolated", "1,3\n");
    const auto series = collect();
    BOOST_TEST(lines_of(series, "node_cpu_core") ==
               "node_cpu_core_throttles_total{core=\"0\",package=\"0\"} 10\n"
               "node_cpu_core_throttles_total{core=\"1\",package=\"0\"} 11\n");
    BOOST_TEST(lines_of(series, "node_cpu_package") == "node_cpu_package_throttles_total{package=\"0\"} 7\n");
    BOOST_TEST(lines_of(series, "node_cpu_isolated") ==
               "node_cpu_isolated{cpu=\"1\"} 1\nnode_cpu_isolated{cpu=\"3\"} 1\n");
}

BOOST_AUTO_TEST_CASE(frequencies_are_in_hertz_and_read_again) {
    put_all("sys/devices/system/cpu/cpu0/cpufreq", {{"scaling_cur_freq", "2400000"}, {"cpuinfo_max_freq", "3000000"}});
    put("sys/devices/system/cpu/cpu1/online", "1\n");
    put("sys/devices/system/cpu/cpufreq/boost", "1\n");
    auto set = open();
    const auto frequencies = [&] { return lines_of(by_key(set->collect(clock.wall()).batch), "node_cpu_"); };
    BOOST_TEST(frequencies().find("node_cpu_frequency_max_hertz{cpu=\"0\"} 3000000000\n") != std::string::npos);
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "800000\n");
    BOOST_TEST(frequencies().find("node_cpu_scaling_frequency_hertz{cpu=\"0\"} 800000000\n") != std::string::npos);
    remove("sys/devices/system/cpu/cpu0");
    BOOST_TEST(frequencies().find("hertz") == std::string::npos);
}

// Of eight CPUs three fit into 4 ms when each look at the clock finds it 1 ms later; the next three follow.
BOOST_AUTO_TEST_CASE(slow_frequencies_are_read_as_far_as_four_milliseconds_reach_and_in_turn) {
    class PassingClock final : public Clock {
      public:
        MonoTime mono() const override { return mono_ += 1ms; }
        WallTime wall() const override { return {}; }

      private:
        mutable MonoTime mono_{1h};
    } passing;
    const auto put_all_cpus = [this](int kilohertz) {
        for (int cpu = 0; cpu < 8; ++cpu) {
            put(fmt::format("sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq", cpu),
                fmt::format("{}\n", kilohertz));
        }
    };
    CollectorSources sources(options.roots);
    const auto cpufreq = make_cpufreq({options, sources, mounts, passing});
    SeriesWriter writer;
    const auto kilohertz_read = [&] {
        writer.begin();
        BOOST_REQUIRE(cpufreq->collect({}, writer));
        writer.finish();
        std::vector<int> numbers;
        for (const auto hertz : writer.values()) {
            numbers.push_back(static_cast<int>(hertz / 1000));
        }
        return numbers;
    };
    put_all_cpus(100);
    BOOST_TEST((kilohertz_read() == std::vector<int>(8, 100)));  // all, so that the series are there
    put_all_cpus(200);
    BOOST_TEST((kilohertz_read() == std::vector<int>{100, 200, 200, 200, 100, 100, 100, 100}));
    put_all_cpus(300);
    BOOST_TEST((kilohertz_read() == std::vector<int>{100, 200, 200, 200, 300, 300, 300, 100}));
    put_all_cpus(400);
    BOOST_TEST((kilohertz_read() == std::vector<int>{400, 400, 200, 200, 300, 300, 300, 400}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

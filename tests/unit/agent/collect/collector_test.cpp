// The whole set on a tree of the test's own and on this host.
#include "agent/collect/collector.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <latch>

#include "agent/collect/netclass.hpp"
#include "tests/support/wait_until.hpp"
#include "tests/unit/agent/collect/collect_tree.hpp"
#include "tests/unit/agent/collect/open_watch.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

namespace {

// Never answers for what is mounted at /dead, until the test ends.
class DeadMountReader final : public FileSystemReader {
  public:
    Result<FileSystemReading> read(const std::string& path) override {
        if (path.ends_with("/dead")) {
            ++hanging_;
            release_.wait();
            --hanging_;
        }
        return FileSystemReading{.block_bytes = 4096, .blocks = 100};
    }
    ~DeadMountReader() override {
        release_.count_down();
        BOOST_TEST(tests::wait_until([this] { return hanging_ == 0; }));
    }

  private:
    std::latch release_{1};
    std::atomic<int> hanging_ = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(collector_set, Tree)

BOOST_AUTO_TEST_CASE(a_failing_collector_leaves_only_its_own_series_out) {
    auto set = open();
    const auto collection = set->collect(clock.wall());
    auto series = by_key(collection.batch);
    BOOST_TEST(series["node_memory_MemTotal_bytes"] == 8192);
    BOOST_TEST(series["node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"}"] == 0.04);
    BOOST_TEST(series["node_filesystem_size_bytes{device=\"/dev/vda\",fstype=\"ext4\",mountpoint=\"/\"}"] == 2);
    BOOST_TEST(series["node_scrape_collector_success{collector=\"meminfo\"}"] == 1);
    BOOST_TEST(series["node_scrape_collector_success{collector=\"vmstat\"}"] == 0);
    BOOST_TEST(!outcome_of(collection, "vmstat").is_success);
    BOOST_TEST(outcome_of(collection, "vmstat").error.message.find("vmstat") != std::string::npos);
    BOOST_TEST(collection.batch.sampled_at_unix_ms == unix_ms(clock.wall()));
}

// The dead one holds a worker; the one behind it is read by another, at the next reading if not at once.
BOOST_AUTO_TEST_CASE(a_mount_that_is_dead_is_an_error_on_itself_and_the_others_have_their_sizes) {
    put("proc/self/mounts", "/dev/vda / ext4 rw 0 0\nserver:/x /dead nfs4 rw 0 0\n/dev/vdb /srv xfs rw 0 0\n");
    DeadMountReader reader;
    MountProber prober(reader, {.longest = 400ms, .patience = 100ms});
    auto set = CollectorSet::open(options, clock, prober).value();
    const auto key = [](const char* name, const char* device, const char* type, const char* at) {
        return fmt::format("node_filesystem_{}{{device=\"{}\",fstype=\"{}\",mountpoint=\"{}\"}}", name, device, type,
                           at);
    };
    SeriesMap series;
    BOOST_TEST(tests::wait_until([&] {
        series = by_key(set->collect(clock.wall()).batch);
        clock.advance(10s);
        return series.contains(key("size_bytes", "/dev/vdb", "xfs", "/srv"));
    }));
    BOOST_TEST(series.at(key("device_error", "server:/x", "nfs4", "/dead")) == 1);
    BOOST_TEST(!series.contains(key("size_bytes", "server:/x", "nfs4", "/dead")));
    BOOST_TEST(series.at(key("device_error", "/dev/vda", "ext4", "/")) == 0);
    BOOST_TEST(series.at(key("size_bytes", "/dev/vda", "ext4", "/")) == 409600);
    BOOST_TEST(series.at(key("size_bytes", "/dev/vdb", "xfs", "/srv")) == 409600);
    BOOST_TEST(series.at("node_scrape_collector_success{collector=\"filesystem\"}") == 1);
}

BOOST_AUTO_TEST_CASE(the_schema_is_new_only_when_series_come_or_go) {
    auto set = open();
    BOOST_TEST(set->collect(clock.wall()).has_new_schema);
    put("proc/meminfo", "MemTotal: 9 kB\nMemAvailable: 5 kB\n");
    const auto second = set->collect(clock.wall());
    BOOST_TEST(!second.has_new_schema);
    BOOST_TEST(by_key(second.batch)["node_memory_MemTotal_bytes"] == 9216);
    put("proc/vmstat", "pgpgin 1\n");
    BOOST_TEST(set->collect(clock.wall()).has_new_schema);
}

BOOST_AUTO_TEST_CASE(a_pressure_file_that_cannot_be_read_is_left_out_alone) {
    put("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n");
    std::filesystem::create_directories(folder / "proc/pressure/io");  // reading a folder fails, as EOPNOTSUPP would
    auto set = open();
    const auto collection = set->collect(clock.wall());
    auto series = by_key(collection.batch);
    BOOST_TEST(series["node_pressure_cpu_waiting_seconds_total"] == 1.5);
    BOOST_TEST(!series.contains("node_pressure_io_waiting_seconds_total"));
    BOOST_TEST(outcome_of(collection, "pressure").is_success);
}

BOOST_AUTO_TEST_CASE(an_interface_that_goes_away_between_list_and_read_is_missing_alone) {
    put("sys/class/net/eth0/mtu", "1500\n");
    put("sys/class/net/eth0/operstate", "up\n");
    put("sys/class/net/bonding_masters", "\n");
    std::filesystem::create_symlink("gone", folder / "sys/class/net/eth1");
    auto set = open();
    const auto collection = set->collect(clock.wall());
    auto series = by_key(collection.batch);
    BOOST_TEST(series["node_network_mtu_bytes{device=\"eth0\"}"] == 1500);
    BOOST_TEST(series["node_network_up{device=\"eth0\"}"] == 1);
    BOOST_TEST(collection.batch.schema.find("eth1") == std::string::npos);
    BOOST_TEST(collection.batch.schema.find("bonding_masters") == std::string::npos);
    BOOST_TEST(outcome_of(collection, "netclass").is_success);
}

// 5,000 interfaces of containers beside one that counts.
BOOST_AUTO_TEST_CASE(excluded_interfaces_are_not_read) {
    put("sys/class/net/eth0/mtu", "1500\n");
    for (int i = 0; i < 5000; ++i) {
        std::filesystem::create_directory(folder / fmt::format("sys/class/net/veth{}", i));
    }
    put("sys/class/net/veth7/mtu", "1400\n");
    OpenWatch watch;
    watch.add(folder / "sys/class/net");
    watch.add(folder / "sys/class/net/eth0");
    watch.add(folder / "sys/class/net/veth7");
    AttributeReader reader;
    SeriesWriter writer;
    Netclass interfaces(folder / "sys/class/net");
    const std::vector<std::string> exclude{"veth*"};
    writer.begin();
    BOOST_REQUIRE(interfaces.collect(exclude, reader, writer));
    writer.finish();
    const auto opened = watch.opened();
    BOOST_TEST((opened == std::set<std::string>{"", "eth0", "mtu"}), fmt::format("{}", fmt::join(opened, ", ")));
    BOOST_TEST(writer.schema().find("veth") == std::string::npos);
    BOOST_TEST(writer.values().size() == 3u);  // mtu, up, info
}

// Attributes stay open from one collection to the next; a name may have passed to another interface meanwhile.
BOOST_AUTO_TEST_CASE(an_interface_that_takes_over_a_name_is_read_and_not_the_one_before) {
    AttributeReader reader;
    SeriesWriter writer;
    Netclass interfaces(folder / "sys/class/net");
    const auto read = [&] {
        writer.begin();
        BOOST_REQUIRE(interfaces.collect({}, reader, writer));
        writer.finish();
        return by_key({0, writer.schema(), writer.values()});
    };
    put("sys/class/net/lan0/mtu", "1500\n");
    put("sys/class/net/lan0/operstate", "down\n");
    BOOST_TEST(read().at("node_network_mtu_bytes{device=\"lan0\"}") == 1500);
    put("sys/class/net/lan0/mtu", "9000\n");
    put("sys/class/net/lan0/speed", "1000\n");
    auto series = read();
    BOOST_TEST(series.at("node_network_mtu_bytes{device=\"lan0\"}") == 9000);
    BOOST_TEST(series.at("node_network_speed_bytes{device=\"lan0\"}") == 125e6);  // 1000 megabits
    std::filesystem::rename(folder / "sys/class/net/lan0", folder / "sys/class/net/wan0");
    put("sys/class/net/lan0/mtu", "1400\n");
    put("sys/class/net/lan0/operstate", "up\n");
    series = read();
    BOOST_TEST(series.at("node_network_mtu_bytes{device=\"lan0\"}") == 1400);
    BOOST_TEST(series.at("node_network_up{device=\"lan0\"}") == 1);
    BOOST_TEST(!series.contains("node_network_speed_bytes{device=\"lan0\"}"));
    BOOST_TEST(series.at("node_network_mtu_bytes{device=\"wan0\"}") == 9000);
    BOOST_TEST(series.at("node_network_up{device=\"wan0\"}") == 0);
    std::filesystem::remove_all(folder / "sys/class/net/wan0");
    BOOST_TEST(!read().contains("node_network_up{device=\"wan0\"}"));
}

BOOST_AUTO_TEST_CASE(interfaces_beyond_those_that_stay_open_are_read_too) {
    for (int i = 10; i < 30; ++i) {
        put(fmt::format("sys/class/net/eth{}/mtu", i), fmt::format("{}\n", i));
    }
    AttributeReader reader;
    SeriesWriter writer;
    Netclass interfaces(folder / "sys/class/net");
    for (int round = 0; round < 2; ++round) {
        writer.begin();
        BOOST_REQUIRE(interfaces.collect({}, reader, writer));
        writer.finish();
        const auto series = by_key({0, writer.schema(), writer.values()});
        for (int i = 10; i < 30; ++i) {
            BOOST_TEST(series.at(fmt::format("node_network_mtu_bytes{{device=\"eth{}\"}}", i)) == i);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_collector_can_be_disabled_and_an_unknown_name_is_refused) {
    options.disabled = {"cpu"};
    auto series = by_key(open()->collect(clock.wall()).batch);
    BOOST_TEST(!series.contains("node_scrape_collector_success{collector=\"cpu\"}"));
    BOOST_TEST(series["node_context_switches_total"] == 5);
    options.disabled = {"cpuu"};
    const auto refused = CollectorSet::open(options, clock, mounts);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().message.find("meminfo") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(this_host_gives_at_least_150_series_with_sorted_labels) {
    options = {};
    SystemClock system;
    SystemFileSystemReader reader;
    MountProber prober(reader);
    auto set = CollectorSet::open(options, system, prober);
    BOOST_REQUIRE(set);
    const auto collection = (*set)->collect(system.wall());
    auto series = by_key(collection.batch);
    BOOST_TEST(series.size() >= 150u);
    for (const auto* key :
         {"node_time_seconds", "node_boot_time_seconds", "node_load1", "node_memory_MemAvailable_bytes",
          "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"}", "node_intr_total", "node_filefd_allocated"}) {
        BOOST_TEST(series.contains(key), key);
    }
    for (const auto& [key, _] : series) {
        std::vector<std::string> names;
        for (auto at = key.find('{'); at != std::string::npos; at = key.find("\",", at)) {
            at += key[at] == '{' ? 1 : 2;
            names.push_back(key.substr(at, key.find('=', at) - at));
        }
        BOOST_TEST(std::is_sorted(names.begin(), names.end()), key);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

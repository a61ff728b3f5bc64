// Classes of devices on trees of files. Each number of a tree stands once, so that a wrong column shows.
#include "agent/collect/sysfs_devices.hpp"

#include "agent/collect/rapl.hpp"
#include "tests/unit/agent/collect/collect_tree.hpp"
#include "tests/unit/agent/collect/open_watch.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

BOOST_FIXTURE_TEST_SUITE(sysfs_devices, Tree)

BOOST_AUTO_TEST_CASE(memory_errors_by_controller_and_row) {
    put_all("sys/devices/system/edac/mc/mc0",
            {{"ce_count", "1"}, {"ce_noinfo_count", "2"}, {"ue_count", "3"}, {"ue_noinfo_count", "4"}});
    put_all("sys/devices/system/edac/mc/mc0/csrow0", {{"ce_count", "5"}, {"ue_count", "6"}});
    put("sys/devices/system/edac/mc/power/control", "auto\n");
    BOOST_TEST(lines_of(collect(), "node_edac") ==
               "node_edac_correctable_errors_total{controller=\"0\"} 1\n"
               "node_edac_csrow_correctable_errors_total{controller=\"0\",csrow=\"0\"} 5\n"
               "node_edac_csrow_correctable_errors_total{controller=\"0\",csrow=\"unknown\"} 2\n"
               "node_edac_csrow_uncorrectable_errors_total{controller=\"0\",csrow=\"0\"} 6\n"
               "node_edac_csrow_uncorrectable_errors_total{controller=\"0\",csrow=\"unknown\"} 4\n"
               "node_edac_uncorrectable_errors_total{controller=\"0\"} 3\n");
}

BOOST_AUTO_TEST_CASE(a_zone_whose_sensor_sleeps_is_left_out_alone) {
    put_all("sys/class/thermal/thermal_zone0", {{"type", "acpitz"}, {"temp", "-1500"}});
    put_all("sys/class/thermal/thermal_zone1", {{"type", "iwlwifi"}});  // temp gives ENODATA
    put_all("sys/class/thermal/cooling_device3", {{"type", "Fan"}, {"cur_state", "-1"}, {"max_state", "7"}});
    const auto series = collect();
    BOOST_TEST(lines_of(series, "node_thermal") == "node_thermal_zone_temp{type=\"acpitz\",zone=\"0\"} -1.5\n");
    BOOST_TEST(lines_of(series, "node_cooling") ==
               "node_cooling_device_cur_state{name=\"3\",type=\"Fan\"} -1\n"
               "node_cooling_device_max_state{name=\"3\",type=\"Fan\"} 7\n");
}

BOOST_AUTO_TEST_CASE(batteries_have_units_and_excluded_ones_are_not_read) {
    put_all("sys/class/power_supply/BAT0", {{"voltage_now", "12500000"},
                                            {"temp", "305"},
                                            {"capacity", "98"},
                                            {"status", "Full"},
                                            {"type", "Battery"},
                                            {"power_now", "N/A"}});
    put_all("sys/class/power_supply/hidpp_battery_0", {{"online", "1"}});
    options.powersupply_exclude = {"hidpp*"};
    OpenWatch watch;
    watch.add(folder / "sys/class/power_supply");
    watch.add(folder / "sys/class/power_supply/hidpp_battery_0");
    const auto series = collect();
    BOOST_TEST((watch.opened() == std::set<std::string>{"", "BAT0"}));  // the list itself, and one device
    BOOST_TEST(lines_of(series, "node_power_supply") ==
               "node_power_supply_capacity{power_supply=\"BAT0\"} 98\n"
               "node_power_supply_info{power_supply=\"BAT0\",status=\"Full\",type=\"Battery\"} 1\n"
               "node_power_supply_temp_celsius{power_supply=\"BAT0\"} 30.5\n"
               "node_power_supply_voltage_volt{power_supply=\"BAT0\"} 12.5\n");
}

BOOST_AUTO_TEST_CASE(drives_and_tapes) {
    put_all("sys/class/nvme/nvme0", {{"firmware_rev", "1B"}, {"model", "X 970"}, {"serial", "S6"}, {"state", "live"}});
    put_all("sys/class/scsi_tape/st0/stats", {{"io_ns", "1500000000"}, {"write_cnt", "7"}});
    put_all("sys/class/scsi_tape/st0a/stats", {{"write_cnt", "8"}});
    put_all("sys/class/scsi_tape/st1/stats", {{"write_cnt", "9"}});
    options.tapestats_exclude = {"st1"};
    OpenWatch watch;
    watch.add(folder / "sys/class/scsi_tape/st1");
    watch.add(folder / "sys/class/scsi_tape/st1/stats");
    const auto series = collect();
    BOOST_TEST(watch.opened().empty());
    BOOST_TEST(
        lines_of(series, "node_nvme") ==
        "node_nvme_info{device=\"nvme0\",firmware_revision=\"1B\",model=\"X 970\",serial=\"S6\",state=\"live\"} 1\n");
    BOOST_TEST(lines_of(series, "node_tape") ==
               "node_tape_io_time_seconds_total{device=\"st0\"} 1.5\n"
               "node_tape_writes_completed_total{device=\"st0\"} 7\n");
}

BOOST_AUTO_TEST_CASE(counters_that_an_adapter_does_not_have_are_left_out) {
    put_all("sys/class/fc_host/host0", {{"speed", "16 Gbit"}, {"port_id", "0x000002"}});
    put_all("sys/class/fc_host/host0/statistics", {{"rx_frames", "0x3"}, {"tx_frames", "0xffffffffffffffff"}});
    const auto series = collect();
    BOOST_TEST(series.at("node_fibrechannel_rx_frames_total{fc_host=\"host0\"}") == 3);
    BOOST_TEST(!series.contains("node_fibrechannel_tx_frames_total{fc_host=\"host0\"}"));
    const auto info = lines_of(series, "node_fibrechannel_info");
    BOOST_TEST(info.find("port_id=\"000002\"") != std::string::npos);
    BOOST_TEST(info.find("speed=\"16 Gbit\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(infiniband_counts_words_and_gives_bytes) {
    put_all("sys/class/infiniband/mlx4_0", {{"board_id", "SM"}, {"fw_ver", "2.31"}});
    put_all("sys/class/infiniband/mlx4_0/ports/1",
            {{"state", "4: ACTIVE"}, {"phys_state", "5: LinkUp"}, {"rate", "2.5 Gb/sec (1X SDR)"}});
    put_all("sys/class/infiniband/mlx4_0/ports/1/counters", {{"port_rcv_data", "10"}, {"link_downed", "N/A (no PMA)"}});
    const auto series = collect();
    BOOST_TEST(series.at("node_infiniband_port_data_received_bytes_total{device=\"mlx4_0\",port=\"1\"}") == 40);
    BOOST_TEST(series.at("node_infiniband_rate_bytes_per_second{device=\"mlx4_0\",port=\"1\"}") == 312'500'000);
    BOOST_TEST(series.at("node_infiniband_state_id{device=\"mlx4_0\",port=\"1\"}") == 4);
    BOOST_TEST(!series.contains("node_infiniband_link_downed_total{device=\"mlx4_0\",port=\"1\"}"));
    BOOST_TEST(!parse_infiniband_rate("fast").has_value());
    BOOST_TEST(!parse_infiniband_rate("5 Mb/sec").has_value());
}

BOOST_AUTO_TEST_CASE(energy_zones_of_one_name_are_numbered) {
    std::map<std::string, uint64_t, std::less<>> used;
    BOOST_TEST((number_zone("package-1", used) == RaplZone{"package", 1}));
    BOOST_TEST((number_zone("dram", used) == RaplZone{"dram", 0}));
    BOOST_TEST((number_zone("dram", used) == RaplZone{"dram", 1}));
    BOOST_TEST((number_zone("package", used) == RaplZone{"package", 2}));
    BOOST_TEST((number_zone("psys-io", used) == RaplZone{"psys_io", 0}));
    put_all("sys/class/powercap/intel-rapl:0", {{"name", "package-0"}, {"energy_uj", "2500000"}});
    put_all("sys/class/powercap/intel-rapl", {{"enabled", "1"}});
    const auto lines = lines_of(collect(), "node_rapl");
    BOOST_TEST(lines.starts_with("node_rapl_package_joules_total{index=\"0\",path=\""));
    BOOST_TEST(lines.ends_with("/sys/class/powercap/intel-rapl:0\"} 2.5\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

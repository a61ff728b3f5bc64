// Sensors: names, units, and chips that come and go.
#include "agent/collect/hwmon.hpp"

#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

BOOST_AUTO_TEST_SUITE(sensor_names)

BOOST_AUTO_TEST_CASE(a_file_name_is_kind_number_and_element) {
    const auto crit = parse_sensor_file("temp12_crit_alarm");
    BOOST_REQUIRE(crit.has_value());
    BOOST_TEST(crit->kind == "temp");
    BOOST_TEST(crit->number == 12u);
    BOOST_TEST(crit->element == "crit_alarm");
    BOOST_TEST(parse_sensor_file("pwm1")->element.empty());
    BOOST_TEST(parse_sensor_file("beep_enable")->kind == "beep_enable");
    for (const auto* bad :
         {"name", "uevent", "", "temp_input", "7", "temp1x", "temp1_", "temp99999999999999999999_input"}) {
        BOOST_TEST(!parse_sensor_file(bad).has_value(), bad);
    }
}

// Units of Documentation/hwmon/sysfs-interface.rst.
BOOST_AUTO_TEST_CASE(each_element_has_its_series_and_unit) {
    const auto is = [](const char* kind, const char* element, const char* name, double divisor) {
        BOOST_TEST((series_of_sensor(kind, element, false) == SensorSeries{name, divisor}), name);
    };
    is("temp", "input", "node_hwmon_temp_celsius", 1000);
    is("temp", "crit_alarm", "node_hwmon_temp_crit_alarm_celsius", 1000);
    is("temp", "alarm", "node_hwmon_temp_alarm", 1);
    is("temp", "type", "node_hwmon_temp_type", 1);
    is("temp", "beep", "node_hwmon_temp_beep_enabled", 1);
    is("in", "min", "node_hwmon_in_min_volts", 1000);
    is("fan", "input", "node_hwmon_fan_rpm", 1);
    is("fan", "pulses", "node_hwmon_fan_pulses", 1);
    is("curr", "max", "node_hwmon_curr_max_amps", 1000);
    is("energy", "input", "node_hwmon_energy_joule_total", 1e6);
    is("power", "input", "node_hwmon_power_watt", 1e6);
    is("power", "accuracy", "node_hwmon_power_accuracy", 1e6);
    is("power", "average_interval", "node_hwmon_power_average_interval_seconds", 1000);
    is("humidity", "input", "node_hwmon_humidity", 1e6);
    is("pwm", "", "node_hwmon_pwm", 1);
    is("update_interval", "", "node_hwmon_update_interval_seconds", 1000);
    BOOST_TEST(series_of_sensor("pwm", "input", true).name == "node_hwmon_pwm_input");
}

BOOST_AUTO_TEST_CASE(names_of_chips_are_made_fit) {
    BOOST_TEST(clean_chip_name("0000:00:18.3") == "0000:00:18_3");
    BOOST_TEST(clean_chip_name("__NCT-6779__") == "nct_6779");
    BOOST_TEST(clean_chip_name("---").empty());
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_FIXTURE_TEST_SUITE(hwmon, Tree)

BOOST_AUTO_TEST_CASE(a_chip_is_called_by_its_device_and_sensors_have_labels) {
    put_all("sys/devices/platform/coretemp.0/hwmon/hwmon0",
            {{"name", "coretemp"}, {"temp1_input", "45000"}, {"temp1_label", "Package "}, {"beep_enable", "0"}});
    put("sys/devices/platform/coretemp.0/temp2_max", "90000\n");  // of a driver from before hwmon's own folders
    link("sys/devices/platform/coretemp.0/hwmon/hwmon0/device", "../../../coretemp.0");
    link("sys/class/hwmon/hwmon0", "../../devices/platform/coretemp.0/hwmon/hwmon0");
    BOOST_TEST(lines_of(collect(), "node_hwmon") ==
               "node_hwmon_beep_enabled{chip=\"platform_coretemp_0\",sensor=\"beep_enable0\"} 0\n"
               "node_hwmon_chip_names{chip=\"platform_coretemp_0\",chip_name=\"coretemp\"} 1\n"
               "node_hwmon_sensor_label{chip=\"platform_coretemp_0\",label=\"Package \",sensor=\"temp1\"} 1\n"
               "node_hwmon_temp_celsius{chip=\"platform_coretemp_0\",sensor=\"temp1\"} 45\n"
               "node_hwmon_temp_max_celsius{chip=\"platform_coretemp_0\",sensor=\"temp2\"} 90\n");
}

BOOST_AUTO_TEST_CASE(values_are_read_each_time_and_a_new_chip_is_found) {
    put_all("sys/class/hwmon/hwmon0", {{"name", "acpitz"}, {"temp1_input", "20000"}, {"temp2_input", "N/A"}});
    auto set = open();
    const auto temperatures = [&] { return lines_of(by_key(set->collect(clock.wall()).batch), "node_hwmon_temp"); };
    BOOST_TEST(temperatures() == "node_hwmon_temp_celsius{chip=\"acpitz\",sensor=\"temp1\"} 20\n");
    put("sys/class/hwmon/hwmon0/temp1_input", "21000\n");
    put_all("sys/class/hwmon/hwmon1", {{"temp1_input", "30000"}});
    BOOST_TEST(temperatures() ==
               "node_hwmon_temp_celsius{chip=\"acpitz\",sensor=\"temp1\"} 21\n"
               "node_hwmon_temp_celsius{chip=\"hwmon1\",sensor=\"temp1\"} 30\n");
    remove("sys/class/hwmon/hwmon0");
    BOOST_TEST(temperatures() == "node_hwmon_temp_celsius{chip=\"hwmon1\",sensor=\"temp1\"} 30\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

// /sys/class/hwmon: temperatures, fans, voltages, currents, power.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/collect/context.hpp"

namespace vigie::agent {

// A file such as "temp1_crit_alarm": kind "temp", number 1, element "crit_alarm".
struct SensorFile {
    std::string_view kind;
    uint64_t number = 0;
    std::string_view element;  // "" of "pwm1"
};
// Nothing for names that are no sensor's, such as "name" or "uevent".
std::optional<SensorFile> parse_sensor_file(std::string_view name);

// The series of one element, and what its number is divided by. `has_bare`: the sensor has a file without an element
// too, such as "pwm1", so that "input" needs its name. See Documentation/hwmon/sysfs-interface.rst for the units.
struct SensorSeries {
    std::string name;
    double divisor = 1;
    bool operator==(const SensorSeries&) const = default;
};
SensorSeries series_of_sensor(std::string_view kind, std::string_view element, bool has_bare);

// Fit for a label: small letters, digits, ':' and '_'.
std::string clean_chip_name(std::string_view name);

std::unique_ptr<Collector> make_hwmon(const CollectContext& context);

}  // namespace vigie::agent

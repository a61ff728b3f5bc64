// Names and units of sensors, as node_exporter has them.
#include <algorithm>

#include "agent/collect/hwmon.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr std::array<std::string_view, 13> kinds{
    "vrm",  "beep_enable", "update_interval", "in",     "cpu",      "fan",      "pwm",
    "temp", "curr",        "power",           "energy", "humidity", "intrusion"};
constexpr double milli = 1e3;
constexpr double micro = 1e6;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct Unit {
    const char* suffix;
    double divisor;
};

Unit unit_of(std::string_view kind, std::string_view element) {
    if (element == "fault" || element == "alarm") {
        return {"", 1};
    }
    if (element == "beep") {
        return {"_enabled", 1};
    }
    if (kind == "in" || kind == "cpu") {
        return {"_volts", milli};
    }
    if (kind == "temp" && element != "type") {
        return {"_celsius", milli};
    }
    if (kind == "curr") {
        return {"_amps", milli};
    }
    if (kind == "energy") {
        return {"_joule_total", micro};
    }
    if (kind == "power") {
        return element == "accuracy"                     ? Unit{"", micro}
               : element.starts_with("average_interval") ? Unit{"_seconds", milli}
                                                         : Unit{"_watt", micro};
    }
    if (kind == "humidity") {
        return {"", micro};
    }
    if (kind == "fan" && (element == "input" || element == "min" || element == "max" || element == "target")) {
        return {"_rpm", 1};
    }
    return {"", 1};
}

}  // namespace

std::optional<SensorFile> parse_sensor_file(std::string_view name) {
    const auto first_digit = std::find_if(name.begin(), name.end(), is_digit);
    SensorFile file;
    file.kind = name.substr(0, static_cast<size_t>(first_digit - name.begin()));
    if (std::find(kinds.begin(), kinds.end(), file.kind) == kinds.end()) {
        return std::nullopt;
    }
    auto rest = name.substr(file.kind.size());
    const auto after = std::find_if_not(rest.begin(), rest.end(), is_digit);
    const auto digits = rest.substr(0, static_cast<size_t>(after - rest.begin()));
    rest.remove_prefix(digits.size());
    if (!digits.empty()) {
        const auto number = number_in<uint64_t>(digits);
        if (!number || (!rest.empty() && (rest[0] != '_' || rest.size() == 1))) {
            return std::nullopt;
        }
        file.number = *number;
    }
    file.element = rest.empty() ? rest : rest.substr(1);
    return file;
}

SensorSeries series_of_sensor(std::string_view kind, std::string_view element, bool has_bare) {
    if (kind == "beep_enable") {
        return {"node_hwmon_beep_enabled"};
    }
    if (kind == "vrm") {
        return {"node_hwmon_voltage_regulator_version"};
    }
    if (kind == "update_interval") {
        return {"node_hwmon_update_interval_seconds", milli};
    }
    std::string name = "node_hwmon_" + std::string(kind);
    if (element == "input") {
        name += has_bare ? "_input" : "";
    } else if (!element.empty()) {
        name += "_" + clean_chip_name(element);
    }
    const auto unit = unit_of(kind, element);
    return {name + unit.suffix, unit.divisor};
}

std::string clean_chip_name(std::string_view name) {
    std::string clean;
    for (char c : name) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        clean += (c >= 'a' && c <= 'z') || is_digit(c) || c == ':' || c == '_' ? c : '_';
    }
    const auto start = clean.find_first_not_of('_');
    return start == std::string::npos ? "" : clean.substr(start, clean.find_last_not_of('_') - start + 1);
}

}  // namespace vigie::agent

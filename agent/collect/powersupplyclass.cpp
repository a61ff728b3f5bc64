// /sys/class/power_supply: batteries and mains. The kernel has microvolts, microamperes, microwatts, and tenths of a
// degree; see Documentation/power/power_supply_class.rst.
#include "agent/collect/sysfs_devices.hpp"

namespace vigie::agent {
namespace {

constexpr double micro = 1e6;
constexpr double tenths = 10;
constexpr std::array<AttributeSeries, 49> numbers{{
    {"authentic", "node_power_supply_authentic"},
    {"calibrate", "node_power_supply_calibrate"},
    {"capacity", "node_power_supply_capacity"},
    {"capacity_alert_max", "node_power_supply_capacity_alert_max"},
    {"capacity_alert_min", "node_power_supply_capacity_alert_min"},
    {"cycle_count", "node_power_supply_cyclecount"},
    {"online", "node_power_supply_online"},
    {"present", "node_power_supply_present"},
    {"time_to_empty_now", "node_power_supply_time_to_empty_seconds"},
    {"time_to_full_now", "node_power_supply_time_to_full_seconds"},
    {"current_boot", "node_power_supply_current_boot", micro},
    {"current_max", "node_power_supply_current_max", micro},
    {"current_now", "node_power_supply_current_ampere", micro},
    {"energy_empty", "node_power_supply_energy_empty", micro},
    {"energy_empty_design", "node_power_supply_energy_empty_design", micro},
    {"energy_full", "node_power_supply_energy_full", micro},
    {"energy_full_design", "node_power_supply_energy_full_design", micro},
    {"energy_now", "node_power_supply_energy_watthour", micro},
    {"voltage_boot", "node_power_supply_voltage_boot", micro},
    {"voltage_max", "node_power_supply_voltage_max", micro},
    {"voltage_max_design", "node_power_supply_voltage_max_design", micro},
    {"voltage_min", "node_power_supply_voltage_min", micro},
    {"voltage_min_design", "node_power_supply_voltage_min_design", micro},
    {"voltage_now", "node_power_supply_voltage_volt", micro},
    {"voltage_ocv", "node_power_supply_voltage_ocv", micro},
    {"charge_control_limit", "node_power_supply_charge_control_limit", micro},
    {"charge_control_limit_max", "node_power_supply_charge_control_limit_max", micro},
    {"charge_counter", "node_power_supply_charge_counter", micro},
    {"charge_empty", "node_power_supply_charge_empty", micro},
    {"charge_empty_design", "node_power_supply_charge_empty_design", micro},
    {"charge_full", "node_power_supply_charge_full", micro},
    {"charge_full_design", "node_power_supply_charge_full_design", micro},
    {"charge_now", "node_power_supply_charge_ampere", micro},
    {"charge_term_current", "node_power_supply_charge_term_current", micro},
    {"constant_charge_current", "node_power_supply_constant_charge_current", micro},
    {"constant_charge_current_max", "node_power_supply_constant_charge_current_max", micro},
    {"constant_charge_voltage", "node_power_supply_constant_charge_voltage", micro},
    {"constant_charge_voltage_max", "node_power_supply_constant_charge_voltage_max", micro},
    {"precharge_current", "node_power_supply_precharge_current", micro},
    {"input_current_limit", "node_power_supply_input_current_limit", micro},
    {"power_now", "node_power_supply_power_watt", micro},
    {"temp", "node_power_supply_temp_celsius", tenths},
    {"temp_alert_max", "node_power_supply_temp_alert_max_celsius", tenths},
    {"temp_alert_min", "node_power_supply_temp_alert_min_celsius", tenths},
    {"temp_ambient", "node_power_supply_temp_ambient_celsius", tenths},
    {"temp_ambient_max", "node_power_supply_temp_ambient_max_celsius", tenths},
    {"temp_ambient_min", "node_power_supply_temp_ambient_min_celsius", tenths},
    {"temp_max", "node_power_supply_temp_max_celsius", tenths},
    {"temp_min", "node_power_supply_temp_min_celsius", tenths},
}};
// In the order of their names, with the label of the device's own name among them.
constexpr std::array<const char*, 12> texts{"capacity_level", "charge_type", "health", "manufacturer",
                                            "model_name",     nullptr,       "scope",  "serial_number",
                                            "status",         "technology",  "type",   "usb_type"};

class PowerSupplyCollector final : public Collector {
  public:
    explicit PowerSupplyCollector(const CollectContext& context)
        : Collector("powersupplyclass"),
          folder_(context.sys("/class/power_supply")),
          exclude_(context.options.powersupply_exclude),
          attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_CHECK(folder_.refresh({}, exclude_));
        for (const auto& name : folder_.names()) {
            if (const auto supply = folder_.open(name)) {
                emit_attributes(supply.get(), numbers, {{"power_supply", name}}, attributes_, out);
                emit_info(supply.get(), name, out);
            }
        }
        return {};
    }

  private:
    // Only what the driver says becomes a label.
    void emit_info(int folder, const std::string& name, SeriesWriter& out) {
        labels_.clear();
        for (size_t i = 0; i < texts.size(); ++i) {
            if (texts[i] == nullptr) {
                labels_.push_back({"power_supply", name});
                continue;
            }
            values_[i] = attributes_.text(folder, texts[i]);
            if (!values_[i].empty()) {
                labels_.push_back({texts[i], values_[i]});
            }
        }
        out.add("node_power_supply_info", std::span<const SeriesLabel>(labels_), 1);
    }

    FolderListing folder_;
    std::vector<std::string> exclude_;
    AttributeReader& attributes_;
    std::array<std::string, texts.size()> values_;
    std::vector<SeriesLabel> labels_;
};

}  // namespace

std::unique_ptr<Collector> make_powersupplyclass(const CollectContext& context) {
    return std::make_unique<PowerSupplyCollector>(context);
}

}  // namespace vigie::agent

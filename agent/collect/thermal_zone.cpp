// /sys/class/thermal: temperatures, and how far cooling devices are turned up.
#include "agent/collect/sysfs_devices.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

class ThermalZoneCollector final : public Collector {
  public:
    explicit ThermalZoneCollector(const CollectContext& context)
        : Collector("thermal_zone"), folder_(context.sys("/class/thermal")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        constexpr std::array<AttributeSeries, 1> zone{{{"temp", "node_thermal_zone_temp", 1000}}};
        constexpr std::array<AttributeSeries, 2> cooling{
            {{"cur_state", "node_cooling_device_cur_state"}, {"max_state", "node_cooling_device_max_state"}}};
        emit_all("thermal_zone", "zone", zone, out);
        emit_all("cooling_device", "name", cooling, out);
        return {};
    }

  private:
    // A zone without a reading (ENODATA while its sensor sleeps) is left out, the others stay.
    void emit_all(std::string_view prefix, const char* label, std::span<const AttributeSeries> table,
                  SeriesWriter& out) {
        folder_.refresh_if_there(prefix);
        for (const auto& name : folder_.names()) {
            const auto number = std::string_view(name).substr(prefix.size());
            const auto device = is_digits(number) ? folder_.open(name) : Fd();
            if (!device) {
                continue;
            }
            type_ = attributes_.text(device.get(), "type");
            const SeriesLabel own{label, number};
            const SeriesLabel type{"type", type_};
            const bool is_own_first = own.name < type.name;
            emit_attributes(device.get(), table, {is_own_first ? own : type, is_own_first ? type : own}, attributes_,
                            out);
        }
    }

    FolderListing folder_;
    AttributeReader& attributes_;
    std::string type_;
};

}  // namespace

std::unique_ptr<Collector> make_thermal_zone(const CollectContext& context) {
    return std::make_unique<ThermalZoneCollector>(context);
}

}  // namespace vigie::agent

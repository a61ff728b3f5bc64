// Which files there are is looked for rarely; each collection only reads them.
#include "agent/collect/hwmon.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "agent/series/text.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {
namespace {

// A driver makes its files when it is loaded, which shows in the list of chips; a hot-plugged sensor of a chip that is
// there already is found after this many collections, ten minutes at the default interval.
constexpr uint64_t ticks_between_looks = 60;

struct Sensor {
    std::string file;  // within the chip's folder
    std::string series;
    std::string sensor;  // "temp1"
    double divisor = 1;
    std::string label;     // of sensor_label series only, which have no file to read
    bool is_flag = false;  // 1 for "1" and 0 for all else
};
struct Chip {
    std::string folder;  // "hwmon0"
    std::string chip;    // "platform_coretemp_0"
    std::string name;    // "coretemp"; "" when it has none
    std::vector<Sensor> sensors;
};

std::string real_path(const std::string& path) {
    const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
    return real ? std::string(real.get()) : std::string();
}

// The place of the device, which does not depend on the order of loading as hwmon's numbers do: "platform_coretemp_0".
std::string chip_label(const std::string& folder, std::string_view name) {
    const auto device = real_path(folder + "/device");
    if (!device.empty()) {
        const auto parent = parent_of(device);
        const auto own = clean_chip_name(std::string_view(device).substr(device.rfind('/') + 1));
        const auto bus = clean_chip_name(std::string_view(parent).substr(parent.rfind('/') + 1));
        if (!own.empty()) {
            return bus.empty() ? own : bus + "_" + own;
        }
    }
    if (!name.empty()) {
        return std::string(name);
    }
    const auto real = real_path(folder);
    return clean_chip_name(std::string_view(real).substr(real.rfind('/') + 1));
}

class HwmonCollector final : public Collector {
  public:
    explicit HwmonCollector(const CollectContext& context)
        : Collector("hwmon"), folder_(context.sys("/class/hwmon")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick& tick, SeriesWriter& out) override {
        VIGIE_CHECK(folder_.refresh());
        if (!is_known(folder_.names()) || tick.number >= look_again_at_) {
            look();
            look_again_at_ = tick.number + ticks_between_looks;
        }
        for (const auto& chip : chips_) {
            if (const auto opened = folder_.open(chip.folder)) {
                emit_chip(opened.get(), chip, out);
            }
        }
        return {};
    }

  private:
    bool is_known(std::span<const std::string> names) const {
        return std::equal(names.begin(), names.end(), chips_.begin(), chips_.end(),
                          [](const std::string& name, const Chip& chip) { return name == chip.folder; });
    }

    void look() {
        chips_.clear();
        for (const auto& name : folder_.names()) {
            Chip chip{.folder = name, .chip = {}, .name = {}, .sensors = {}};
            if (const auto opened = folder_.open(name)) {
                const auto path = folder_.path() + "/" + name;
                chip.name = clean_chip_name(attributes_.text(opened.get(), "name"));
                chip.chip = chip_label(path, chip.name);
                chip.sensors = look_at(opened.get(), path);
            }
            chips_.push_back(std::move(chip));
        }
    }

    // Files of drivers before Linux 3.13 stand in the device's folder instead of hwmon's own; they count over these.
    std::vector<Sensor> look_at(int folder, const std::string& path) {
        struct Place {
            std::string file;
            std::string text;
        };
        std::map<std::string, std::map<std::string, Place>> found;  // sensor -> element -> file
        std::map<std::string, std::string> kinds;
        for (const auto* below : {"", "device/"}) {
            FolderListing listing(path + "/" + below);
            listing.refresh_if_there();
            for (const auto& name : listing.names()) {
                const auto sensor = parse_sensor_file(name);
                const auto text =
                    sensor ? attributes_.read_padded(folder, (below + name).c_str()) : fail(ErrorCode::io, "");
                if (text) {
                    const auto id = fmt::format("{}{}", sensor->kind, sensor->number);
                    kinds[id] = sensor->kind;
                    found[id][std::string(sensor->element)] = {below + name, std::string(*text)};
                }
            }
        }
        std::vector<Sensor> sensors;
        for (const auto& [id, elements] : found) {
            for (const auto& [element, place] : elements) {
                auto series = element == "label" ? SensorSeries{"node_hwmon_sensor_label"}
                                                 : series_of_sensor(kinds[id], element, elements.contains(""));
                sensors.push_back({place.file, std::move(series.name), id, series.divisor,
                                   element == "label" ? place.text : "", kinds[id] == "beep_enable"});
            }
        }
        return sensors;
    }

    void emit_chip(int folder, const Chip& chip, SeriesWriter& out) {
        if (!chip.name.empty()) {
            out.add("node_hwmon_chip_names", {{"chip", chip.chip}, {"chip_name", chip.name}}, 1);
        }
        for (const auto& one : chip.sensors) {
            if (one.series == "node_hwmon_sensor_label") {
                out.add("node_hwmon_sensor_label", {{"chip", chip.chip}, {"label", one.label}, {"sensor", one.sensor}},
                        1);
                continue;
            }
            const auto text = attributes_.read(folder, one.file.c_str());
            const auto number = !text         ? std::nullopt
                                : one.is_flag ? std::optional(*text == "1" ? 1.0 : 0.0)
                                              : number_in<double>(*text);
            if (number) {
                out.add(std::string_view(one.series), {{"chip", chip.chip}, {"sensor", one.sensor}},
                        *number / one.divisor);
            }
        }
    }

    FolderListing folder_;
    AttributeReader& attributes_;
    std::vector<Chip> chips_;
    uint64_t look_again_at_ = 0;
};

}  // namespace

std::unique_ptr<Collector> make_hwmon(const CollectContext& context) {
    return std::make_unique<HwmonCollector>(context);
}

}  // namespace vigie::agent

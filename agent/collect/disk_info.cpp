// Disks by udev.
#include "agent/collect/disk_info.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

std::string_view value_of(const UdevProperties& properties, std::string_view key) {
    const auto found = properties.find(key);
    return found == properties.end() ? std::string_view() : std::string_view(found->second);
}

void emit_file_system(std::string_view device, const UdevProperties& properties, SeriesWriter& out) {
    if (const auto type = value_of(properties, "ID_FS_TYPE"); !type.empty()) {
        out.add("node_disk_filesystem_info",
                {{"device", device},
                 {"type", type},
                 {"usage", value_of(properties, "ID_FS_USAGE")},
                 {"uuid", value_of(properties, "ID_FS_UUID")},
                 {"version", value_of(properties, "ID_FS_VERSION")}},
                1);
    }
}

void emit_device_mapper(std::string_view device, const UdevProperties& properties, SeriesWriter& out) {
    if (const auto name = value_of(properties, "DM_NAME"); !name.empty()) {
        out.add("node_disk_device_mapper_info",
                {{"device", device},
                 {"lv_layer", value_of(properties, "DM_LV_LAYER")},
                 {"lv_name", value_of(properties, "DM_LV_NAME")},
                 {"name", name},
                 {"uuid", value_of(properties, "DM_UUID")},
                 {"vg_name", value_of(properties, "DM_VG_NAME")}},
                1);
    }
}

void emit_ata(std::string_view device, const UdevProperties& properties, SeriesWriter& out) {
    constexpr std::array<std::pair<const char*, const char*>, 3> numbers{
        {{"ID_ATA_ROTATION_RATE_RPM", "node_disk_ata_rotation_rate_rpm"},
         {"ID_ATA_WRITE_CACHE", "node_disk_ata_write_cache"},
         {"ID_ATA_WRITE_CACHE_ENABLED", "node_disk_ata_write_cache_enabled"}}};
    if (value_of(properties, "ID_ATA").empty()) {
        return;
    }
    for (const auto& [key, series] : numbers) {
        if (const auto number = number_in<double>(value_of(properties, key))) {
            out.add(series, {{"device", device}}, *number);
        }
    }
}

}  // namespace

UdevProperties parse_udev_properties(std::string_view text) {
    UdevProperties properties;
    while (!text.empty()) {
        auto line = next_line(text);
        if (line.starts_with("E:") && line.find('=') != std::string_view::npos) {
            line.remove_prefix(2);
            const auto key = cut(line, '=');
            properties.insert_or_assign(std::string(key), std::string(line));
        }
    }
    return properties;
}

const UdevProperties& DiskInfo::properties_of(std::string_view major, std::string_view minor) {
    path_.assign(folder_).append("/b").append(major).append(":").append(minor);
    auto found = disks_.find(path_);
    if (found == disks_.end()) {
        found = disks_.emplace(path_, Known{}).first;
    }
    auto& known = found->second;
    struct stat now {};
    if (stat(path_.c_str(), &now) != 0) {
        known = {};
    } else if (now.st_ino != known.read.st_ino || now.st_mtim.tv_sec != known.read.st_mtim.tv_sec ||
               now.st_mtim.tv_nsec != known.read.st_mtim.tv_nsec) {
        ProcFile file(path_);
        const auto text = file.read(buffer_);
        known = {now, text ? parse_udev_properties(*text) : UdevProperties{}};
    }
    return known.properties;
}

void emit_disk_info(std::string_view device, std::string_view major, std::string_view minor,
                    const UdevProperties& properties, SeriesWriter& out) {
    out.add("node_disk_info",
            {{"device", device},
             {"major", major},
             {"minor", minor},
             {"model", value_of(properties, "ID_MODEL")},
             {"path", value_of(properties, "ID_PATH")},
             {"revision", value_of(properties, "ID_REVISION")},
             {"serial", value_of(properties, "ID_SERIAL_SHORT")},
             {"wwn", value_of(properties, "ID_WWN")}},
            1);
    emit_file_system(device, properties, out);
    emit_device_mapper(device, properties, out);
    emit_ata(device, properties, out);
}

}  // namespace vigie::agent

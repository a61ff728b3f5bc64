// Disks.
#include "agent/collect/diskstats.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

struct DiskSeries {
    const char* name;
    double factor;
};
// In the order of the columns, see Documentation/admin-guide/iostats.rst. Sectors are of 512 bytes whatever the disk's.
constexpr double milliseconds_to_seconds = 0.001;
constexpr double sector_bytes = 512;
constexpr std::array<DiskSeries, disk_fields_max> disk_series{{
    {"node_disk_reads_completed_total", 1},
    {"node_disk_reads_merged_total", 1},
    {"node_disk_read_bytes_total", sector_bytes},
    {"node_disk_read_time_seconds_total", milliseconds_to_seconds},
    {"node_disk_writes_completed_total", 1},
    {"node_disk_writes_merged_total", 1},
    {"node_disk_written_bytes_total", sector_bytes},
    {"node_disk_write_time_seconds_total", milliseconds_to_seconds},
    {"node_disk_io_now", 1},
    {"node_disk_io_time_seconds_total", milliseconds_to_seconds},
    {"node_disk_io_time_weighted_seconds_total", milliseconds_to_seconds},
    {"node_disk_discards_completed_total", 1},
    {"node_disk_discards_merged_total", 1},
    {"node_disk_discarded_sectors_total", 1},
    {"node_disk_discard_time_seconds_total", milliseconds_to_seconds},
    {"node_disk_flush_requests_total", 1},
    {"node_disk_flush_requests_time_seconds_total", milliseconds_to_seconds},
}};

// Cuts the digits at the end off; false when there are none.
bool drop_digits(std::string_view& text) {
    const auto last = text.find_last_not_of("0123456789");
    const auto kept = last == std::string_view::npos ? 0 : last + 1;
    const bool has_digits = kept < text.size();
    text = text.substr(0, kept);
    return has_digits;
}

}  // namespace

// ^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$
bool is_excluded_disk(std::string_view device) {
    if (!drop_digits(device)) {
        return false;
    }
    if (device == "ram" || device == "loop" || device == "fd") {
        return true;
    }
    if (device.starts_with("nvme") && device.ends_with('p')) {
        device.remove_suffix(1);
        return drop_digits(device) && device.ends_with('n') && is_digits(device.substr(4, device.size() - 5));
    }
    if (device.starts_with("xv")) {
        device.remove_prefix(1);
    }
    return device.size() == 3 && std::string_view("hsv").find(device[0]) != std::string_view::npos &&
           device[1] == 'd' && device[2] >= 'a' && device[2] <= 'z';
}

Result<std::vector<DiskReading>> parse_diskstats(std::string_view text, std::span<const std::string> exclude) {
    std::vector<DiskReading> disks;
    while (!text.empty()) {
        auto line = next_line(text);
        DiskReading disk{.major = next_field(line), .minor = next_field(line), .device = next_field(line)};
        if (disk.device.empty()) {
            return fail(ErrorCode::malformed, "diskstats: a line without a device");
        }
        if (is_excluded_disk(disk.device) || matches_any(exclude, disk.device)) {
            continue;
        }
        for (auto field = next_field(line); !field.empty() && disk.fields_count < disk_fields_max;
             field = next_field(line)) {
            const auto number = number_in<uint64_t>(field);
            if (!number) {
                return fail(ErrorCode::malformed, "diskstats: {}: bad number '{}'", disk.device, field.substr(0, 32));
            }
            disk.fields[disk.fields_count++] = *number;
        }
        disks.push_back(disk);
    }
    return disks;
}

void emit(const std::vector<DiskReading>& disks, SeriesWriter& out) {
    for (const auto& disk : disks) {
        for (size_t i = 0; i < disk.fields_count; ++i) {
            out.add(disk_series[i].name, {{"device", disk.device}},
                    static_cast<double>(disk.fields[i]) * disk_series[i].factor);
        }
    }
}

}  // namespace vigie::agent

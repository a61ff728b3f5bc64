// Sources of a few numbers each: load, vmstat, file descriptors, pressure.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

struct LoadReading {
    double load1 = 0, load5 = 0, load15 = 0;
};
Result<LoadReading> parse_loadavg(std::string_view text);
void emit(const LoadReading& reading, SeriesWriter& out);

struct VmstatField {
    std::string_view name;  // a view of the text
    double value = 0;
};
// Only node_exporter's default fields: oom_kill, pgpgin/out, pswpin/out, faults.
Result<std::vector<VmstatField>> parse_vmstat(std::string_view text);
void emit(const std::vector<VmstatField>& fields, SeriesWriter& out);

struct FileNrReading {
    double allocated = 0;
    double maximum = 0;
};
// /proc/sys/fs/file-nr.
Result<FileNrReading> parse_file_nr(std::string_view text);
void emit(const FileNrReading& reading, SeriesWriter& out);

struct PressureReading {  // microseconds since boot
    std::optional<uint64_t> some_total_us;
    std::optional<uint64_t> full_total_us;
};
Result<PressureReading> parse_pressure(std::string_view text);

// A file that holds one number.
Result<double> parse_number(std::string_view text, std::string_view what);

}  // namespace vigie::agent

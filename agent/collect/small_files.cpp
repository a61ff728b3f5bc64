// A few numbers each.
#include "agent/collect/small_files.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {

Result<LoadReading> parse_loadavg(std::string_view text) {
    std::array<double, 3> loads{};
    for (auto& load : loads) {
        const auto number = number_in<double>(next_field(text));
        if (!number) {
            return fail(ErrorCode::malformed, "loadavg: not three numbers");
        }
        load = *number;
    }
    return LoadReading{loads[0], loads[1], loads[2]};
}

void emit(const LoadReading& reading, SeriesWriter& out) {
    out.add("node_load1", reading.load1);
    out.add("node_load5", reading.load5);
    out.add("node_load15", reading.load15);
}

// ^(oom_kill|pgpg|pswp|pg.*fault).*
static bool is_wanted_vmstat(std::string_view name) {
    return name.starts_with("oom_kill") || name.starts_with("pgpg") || name.starts_with("pswp") ||
           (name.starts_with("pg") && name.find("fault", 2) != std::string_view::npos);
}

Result<std::vector<VmstatField>> parse_vmstat(std::string_view text) {
    std::vector<VmstatField> fields;
    fields.reserve(16);
    while (!text.empty()) {
        auto line = next_line(text);
        const auto name = next_field(line);
        if (!is_wanted_vmstat(name)) {
            continue;
        }
        const auto number = number_in<double>(next_field(line));
        if (!number) {
            return fail(ErrorCode::malformed, "vmstat: {}: bad number", name.substr(0, 64));
        }
        fields.push_back({name, *number});
    }
    return fields;
}

void emit(const std::vector<VmstatField>& fields, SeriesWriter& out) {
    for (const auto& field : fields) {
        out.add({"node_vmstat_", field.name}, field.value);
    }
}

Result<FileNrReading> parse_file_nr(std::string_view text) {
    text = trimmed(text);
    const auto allocated = number_in<double>(next_field(text));
    next_field(text);  // free ones: always 0 since Linux 2.6
    const auto maximum = number_in<double>(next_field(text));
    if (!allocated || !maximum) {
        return fail(ErrorCode::malformed, "file-nr: not three numbers");
    }
    return FileNrReading{*allocated, *maximum};
}

void emit(const FileNrReading& reading, SeriesWriter& out) {
    out.add("node_filefd_allocated", reading.allocated);
    out.add("node_filefd_maximum", reading.maximum);
}

Result<PressureReading> parse_pressure(std::string_view text) {
    PressureReading reading;
    while (!text.empty()) {
        auto line = next_line(text);
        const auto kind = next_field(line);
        const auto at = line.find("total=");
        if (at == std::string_view::npos) {
            return fail(ErrorCode::malformed, "pressure: no total in '{}'", kind.substr(0, 32));
        }
        const auto total = number_in<uint64_t>(line.substr(at + 6));
        if (!total) {
            return fail(ErrorCode::malformed, "pressure: {}: bad total", kind.substr(0, 32));
        }
        if (kind == "some") {
            reading.some_total_us = total;
        } else if (kind == "full") {
            reading.full_total_us = total;
        }
    }
    return reading;
}

Result<double> parse_number(std::string_view text, std::string_view what) {
    const auto number = number_in<double>(trimmed(text));
    if (!number) {
        return fail(ErrorCode::malformed, "{}: not a number", what);
    }
    return *number;
}

}  // namespace vigie::agent

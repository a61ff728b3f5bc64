// Memory.
#include "agent/collect/meminfo.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

std::string series_name(std::string_view key) {
    std::string name(cut(key, '('));
    if (!key.empty()) {
        name += '_';
        name += cut(key, ')');
    }
    return name;
}

}  // namespace

Result<MemoryReading> parse_meminfo(std::string_view text) {
    MemoryReading reading;
    reading.fields.reserve(64);
    bool has_total = false;
    while (!text.empty()) {
        auto line = next_line(text);
        const auto key = cut(line, ':');
        const auto number = number_in<uint64_t>(next_field(line));
        if (key.empty() || !number) {
            return fail(ErrorCode::malformed, "meminfo: no number for '{}'", key.substr(0, 64));
        }
        const bool is_bytes = next_field(line) == "kB";
        const auto value = is_bytes ? *number * 1024 : *number;
        if (key == "MemTotal") {
            reading.total_bytes = value;
            has_total = true;
        } else if (key == "MemAvailable") {
            reading.available_bytes = value;
        }
        reading.fields.push_back({series_name(key), static_cast<double>(value), is_bytes});
    }
    if (!has_total) {
        return fail(ErrorCode::malformed, "meminfo: MemTotal is missing");
    }
    return reading;
}

Result<ArcReading> parse_arcstats(std::string_view text) {
    ArcReading reading;
    bool has_size = false;
    while (!text.empty()) {
        auto line = next_line(text);
        const auto name = next_field(line);
        next_field(line);  // the type
        const auto value = number_in<uint64_t>(next_field(line));
        if (name == "size" && value) {
            reading.size_bytes = *value;
            has_size = true;
        } else if (name == "c_min" && value) {
            reading.size_min_bytes = *value;
        }
    }
    if (!has_size) {
        return fail(ErrorCode::malformed, "arcstats: size is missing");
    }
    return reading;
}

uint64_t available_bytes(const MemoryReading& memory, const std::optional<ArcReading>& arc) {
    const bool has_spare = arc && arc->size_bytes > arc->size_min_bytes;
    return memory.available_bytes + (has_spare ? arc->size_bytes - arc->size_min_bytes : 0);
}

void emit(const MemoryReading& reading, SeriesWriter& out) {
    for (const auto& field : reading.fields) {
        out.add({"node_memory_", field.name, field.is_bytes ? "_bytes" : ""}, field.value);
    }
}

}  // namespace vigie::agent

// EscapeMetricName of statsd_exporter.
#include "agent/statsd/metric_names.hpp"

namespace vigie::agent {

void append_valid_name(std::string& out, std::string_view name) {
    if (!name.empty() && name[0] >= '0' && name[0] <= '9') {
        out += '_';
    }
    for (const char c : name) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        const bool is_inside_a_character = (static_cast<unsigned char>(c) & 0xC0) == 0x80;  // of UTF-8
        if (!is_inside_a_character) {
            out += is_plain ? c : '_';
        }
    }
}

}  // namespace vigie::agent

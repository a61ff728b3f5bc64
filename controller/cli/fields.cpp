// JSON values for people.
#include "controller/cli/fields.hpp"

#include <cmath>

#include "shared/core/time.hpp"

namespace vigie::controller {

std::string number_text(double value) {
    const auto size = std::abs(value);
    if (std::isfinite(value) && size >= 1e15) {
        return fmt::format("{:.3g}", value);
    }
    constexpr std::array<std::pair<double, char>, 4> scales{{{1e12, 'T'}, {1e9, 'G'}, {1e6, 'M'}, {1e4, 'k'}}};
    for (const auto& [scale, letter] : scales) {
        if (std::isfinite(value) && size >= scale) {
            return fmt::format("{:.4g}{}", value / (letter == 'k' ? 1e3 : scale), letter);
        }
    }
    return fmt::format("{:.6g}", value);
}

std::string bytes_text(double bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t unit = 0;
    // 1023.95 and more would be written as 1024.0 of the smaller unit.
    while (std::isfinite(bytes) && std::abs(bytes) >= (unit == 0 ? 1024 : 1023.95) && unit + 1 < units.size()) {
        bytes /= 1024;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, units[unit]);
}

std::string labels_text(const Json& labels) {
    std::string text;
    for (const auto& [name, value] : labels.items()) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ",", name,
                            value.is_string() ? value.get<std::string>() : value.dump());
    }
    return text.empty() ? "-" : text;
}

std::string field_text(const Json& row, std::string_view field) {
    const auto found = row.find(field);
    if (found == row.end() || found->is_null()) {
        return "-";
    }
    if (found->is_string()) {
        const auto text = found->get<std::string>();
        return text.empty() ? "-" : text;
    }
    if (found->is_object()) {
        return labels_text(*found);
    }
    if (found->is_array()) {
        std::string text;
        for (const auto& item : *found) {
            text += (text.empty() ? "" : ",") + (item.is_string() ? item.get<std::string>() : item.dump());
        }
        return text.empty() ? "-" : text;
    }
    return found->is_number_float() ? number_text(found->get<double>()) : found->dump();
}

std::string age_text(const Json& row, std::string_view field, int64_t now_unix_ms) {
    const auto found = row.find(field);
    if (found == row.end() || !found->is_string()) {
        return "never";
    }
    const auto at = parse_rfc3339(found->get<std::string>());
    if (!at) {
        return found->get<std::string>();
    }
    const auto age = milliseconds{now_unix_ms - unix_ms(*at)};
    const auto size = std::chrono::abs(age);
    // Two units are as much as anyone reads: whole minutes above an hour, whole hours above a day.
    const auto unit = size >= 24h ? milliseconds{1h} : size >= 1h ? milliseconds{1min} : milliseconds{1s};
    const auto rounded = size / unit * unit;
    return age.count() < 0 ? "in " + format_duration(rounded) : format_duration(rounded) + " ago";
}

Tint tint_of_state(std::string_view state) {
    if (state == "up" || state == "succeeded" || state == "ok" || state == "resolved" || state == "current" ||
        state == "active") {
        return Tint::good;
    }
    if (state == "silent" || state == "firing" || state == "failed" || state == "timed_out" || state == "lost" ||
        state == "revoked" || state == "failing" || state == "critical") {
        return Tint::bad;
    }
    if (state == "pending" || state == "no_data" || state == "partial" || state == "indeterminate" ||
        state == "missed" || state == "warning" || state == "never_heard" || state == "pending_rotation" ||
        state == "expired" || state == "unknown") {
        return Tint::warning;
    }
    return Tint::none;
}

}  // namespace vigie::controller

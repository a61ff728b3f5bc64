// Scaling by prefixes until four significant digits say enough.
#include "controller/rules/humanize.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace vigie::controller::rules {
namespace {

constexpr std::array<std::string_view, 8> small_prefixes{"m", "u", "n", "p", "f", "a", "z", "y"};

std::string not_finite(double value) {
    return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

std::string four_digits(double value) {
    return std::isfinite(value) ? fmt::format("{:.4g}", value) : not_finite(value);
}

// Below 1: milli, micro and so on.
std::string scaled_up(double value, std::string_view unit) {
    std::string_view prefix;
    for (const auto next : small_prefixes) {
        if (std::abs(value) >= 1) {
            break;
        }
        prefix = next;
        value *= 1000;
    }
    return fmt::format("{}{}{}", four_digits(value), prefix, unit);
}

}  // namespace

std::string plain_number(double value) {
    if (!std::isfinite(value)) {
        return not_finite(value);
    }
    std::array<char, 64> shortest{};
    const auto end =
        std::to_chars(shortest.data(), shortest.data() + shortest.size(), value, std::chars_format::scientific).ptr;
    const std::string_view scientific(shortest.data(), static_cast<size_t>(end - shortest.data()));
    const auto e = scientific.find('e');
    const auto digits = static_cast<int>(std::count_if(scientific.begin(), scientific.begin() + static_cast<long>(e),
                                                       [](char c) { return c >= '0' && c <= '9'; }));
    int exponent = 0;
    const bool is_positive = scientific[e + 1] == '+';
    std::from_chars(scientific.data() + e + (is_positive ? 2 : 1), end, exponent);
    // As %g of Go decides for the shortest digits: an exponent below -4 or from 6 on.
    if (value != 0 && (exponent < -4 || exponent >= 6)) {
        return std::string(scientific);
    }
    return fmt::format("{:.{}f}", value, std::max(0, digits - 1 - exponent));
}

std::string humanize(double value) {
    static constexpr std::array<std::string_view, 8> prefixes{"k", "M", "G", "T", "P", "E", "Z", "Y"};
    if (value == 0 || !std::isfinite(value)) {
        return four_digits(value);
    }
    if (std::abs(value) < 1) {
        return scaled_up(value, "");
    }
    std::string_view prefix;
    for (const auto next : prefixes) {
        if (std::abs(value) < 1000) {
            break;
        }
        prefix = next;
        value /= 1000;
    }
    return fmt::format("{}{}", four_digits(value), prefix);
}

std::string humanize1024(double value) {
    static constexpr std::array<std::string_view, 8> prefixes{"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
    if (std::abs(value) <= 1 || !std::isfinite(value)) {
        return four_digits(value);
    }
    std::string_view prefix;
    for (const auto next : prefixes) {
        if (std::abs(value) < 1024) {
            break;
        }
        prefix = next;
        value /= 1024;
    }
    return fmt::format("{}{}", four_digits(value), prefix);
}

std::string humanize_duration(double seconds) {
    if (!std::isfinite(seconds)) {
        return not_finite(seconds);
    }
    if (seconds == 0) {
        return "0s";
    }
    if (std::abs(seconds) < 1) {
        return scaled_up(seconds, "s");
    }
    const auto* sign = seconds < 0 ? "-" : "";
    seconds = std::abs(seconds);
    // Past 2^53 a double has no whole seconds left to show.
    const auto whole = static_cast<int64_t>(std::min(seconds, 9007199254740992.0));
    const auto days = whole / 86400;
    const auto hours = whole / 3600 % 24;
    const auto minutes = whole / 60 % 60;
    if (days != 0) {
        return fmt::format("{}{}d {}h {}m {}s", sign, days, hours, minutes, whole % 60);
    }
    if (hours != 0) {
        return fmt::format("{}{}h {}m {}s", sign, hours, minutes, whole % 60);
    }
    if (minutes != 0) {
        return fmt::format("{}{}m {}s", sign, minutes, whole % 60);
    }
    return fmt::format("{}{}s", sign, four_digits(seconds));
}

std::string humanize_percentage(double ratio) {
    return fmt::format("{}%", four_digits(ratio * 100));
}

}  // namespace vigie::controller::rules

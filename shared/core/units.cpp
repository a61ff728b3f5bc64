// Sizes as text.
#include "shared/core/units.hpp"

#include <array>
#include <charconv>

namespace vigie {

std::string format_bytes(Bytes size) {
    constexpr std::array<const char*, 5> names{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(size.count);
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < names.size()) {
        value /= 1024;
        ++unit;
    }
    if (unit == 0) {
        return fmt::format("{} B", size.count);
    }
    return fmt::format("{:.{}f} {}", value, value < 10 ? 2 : value < 100 ? 1 : 0, names[unit]);
}

Result<Bytes> parse_bytes(std::string_view text) {
    uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    std::string suffix(end, static_cast<size_t>(text.data() + text.size() - end));
    if (suffix.size() > 1 && suffix[0] != 'B' && (suffix.substr(1) == "B" || suffix.substr(1) == "iB")) {
        suffix.resize(1);
    }
    constexpr std::string_view letters = "kmgt";
    const auto power = suffix.empty() || suffix == "B" ? 0 : letters.find(static_cast<char>(suffix[0] | 0x20)) + 1;
    if (error != std::errc{} || suffix.size() > 1 || power > letters.size() ||
        (suffix.size() == 1 && suffix != "B" && power == 0)) {
        return fail(ErrorCode::malformed, "'{}' is not a size: write it as 512, 100k, 64M or 1G", text);
    }
    if (power != 0 && count > (UINT64_MAX >> (10 * power))) {
        return fail(ErrorCode::too_large, "size '{}' is too large", text);
    }
    return Bytes{count << (10 * power)};
}

}  // namespace vigie

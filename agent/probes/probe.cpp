// Settings as values, and answers as a line.
#include "agent/probes/probe.hpp"

#include <algorithm>
#include <charconv>

#include "shared/core/harmless.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::agent {
namespace {

constexpr std::string_view own_host = "127.0.0.1";
constexpr Bytes secret_max = 4_KiB;  // one password, or one header's line

std::string upper(std::string_view text) {
    std::string shown(text);
    for (auto& c : shown) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return shown;
}

}  // namespace

std::string ProbeContext::text(std::string_view setting, std::string_view fallback) const {
    const auto& value = first_of(settings, setting);
    return value.empty() ? std::string(fallback) : value;
}

int64_t ProbeContext::number(std::string_view setting, int64_t fallback) const {
    const auto& value = first_of(settings, setting);
    int64_t number = fallback;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
}

bool ProbeContext::flag(std::string_view setting, bool fallback) const {
    const auto& value = first_of(settings, setting);
    return value.empty() ? fallback : value == "true";
}

std::optional<milliseconds> ProbeContext::duration(std::string_view setting) const {
    const auto duration = parse_duration(first_of(settings, setting));
    return duration ? std::optional(*duration) : std::nullopt;
}

Result<Connection> ProbeContext::connect(int64_t port) const {
    return Connection::open(text("host", own_host), number("port", port), clock, deadline);
}

Result<std::string> ProbeContext::secret(std::string_view setting) const {
    const auto& path = first_of(settings, setting);
    if (path.empty()) {
        return std::string();
    }
    VIGIE_TRY(auto content, read_secret_file(path, secret_max));
    content.resize(std::min(content.find_first_of("\r\n"), content.size()));
    if (content.empty()) {
        return fail(ErrorCode::malformed, "{}: its first line is empty", path);
    }
    return content;
}

std::string to_plugin_output(std::string_view kind, const ProbeAnswer& answer) {
    auto text = harmless(answer.text);
    std::replace(text.begin(), text.end(), '|', '/');  // a bar would begin the perfdata
    auto line = fmt::format("{} {} - {}", upper(kind), name_of(answer.status), text);
    const char* before = " | ";
    for (const auto& value : answer.values) {
        line += fmt::format("{}'{}'={}{}", std::exchange(before, " "), value.label, value.value, value.unit);
    }
    return line + "\n";
}

}  // namespace vigie::agent

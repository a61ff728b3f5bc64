// Writing and recognising the names of archives.
#include "agent/logs/archives.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace vigie::agent::logs {
namespace {

// Digits of each date field; 0: as many as there are (%s).
size_t width_of(char field) {
    return field == 'Y' ? 4 : field == 's' ? 0 : 2;
}

// Cuts .gz off the end of what follows the log's name; nullopt when `name` does not begin with the log's.
std::optional<std::string_view> tail_of(std::string_view log, std::string_view name, bool& is_compressed) {
    if (!name.starts_with(log) || name.size() == log.size()) {
        return std::nullopt;
    }
    auto tail = name.substr(log.size());
    is_compressed = tail.ends_with(compressed_suffix);
    if (is_compressed) {
        tail.remove_suffix(compressed_suffix.size());
    }
    return tail;
}

// Takes `width` digits (all that follow for 0) off the front of text.
std::optional<int64_t> take_digits(std::string_view& text, size_t width) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = width == 0 ? digits : width;
    if (count == 0 || count > digits || count > 18) {
        return std::nullopt;
    }
    int64_t value = 0;
    std::from_chars(text.data(), text.data() + count, value);
    text.remove_prefix(count);
    return value;
}

}  // namespace

std::string numbered_name(std::string_view log, int64_t number, bool is_compressed) {
    return fmt::format("{}.{}{}", log, number, is_compressed ? compressed_suffix : "");
}

std::optional<ArchiveName> read_numbered(std::string_view log, std::string_view name) {
    ArchiveName archive;
    const auto tail = tail_of(log, name, archive.is_compressed);
    // 9 digits keep the number well inside an int64 even when it is counted up.
    if (!tail || tail->size() < 2 || tail->size() > 10 || (*tail)[0] != '.' || (*tail)[1] == '0') {
        return std::nullopt;
    }
    auto digits = tail->substr(1);
    const auto number = take_digits(digits, 0);
    if (!number || !digits.empty()) {
        return std::nullopt;
    }
    archive.order = *number;
    return archive;
}

Result<void> check_date_format(std::string_view format) {
    size_t fields = 0;
    for (size_t i = 0; i < format.size(); ++i) {
        if (format[i] == '/') {
            return fail(ErrorCode::malformed, "'dateformat' must not hold a slash: '{}'", format);
        }
        if (format[i] != '%') {
            continue;
        }
        const char field = ++i < format.size() ? format[i] : '\0';
        if (std::string_view("YmdHMSs").find(field) != std::string_view::npos && field != '\0') {
            ++fields;
        } else if (field != '%') {
            return fail(ErrorCode::unsupported, "'dateformat' knows %Y %m %d %H %M %S %s and %%, not '{}'", format);
        }
    }
    if (fields == 0) {
        return fail(ErrorCode::malformed, "'dateformat' '{}' holds no date", format);
    }
    return {};
}

std::string dated_suffix(std::string_view format, WallTime now) {
    const auto seconds_now = static_cast<time_t>(std::chrono::floor<seconds>(now.time_since_epoch()).count());
    std::tm local{};
    localtime_r(&seconds_now, &local);
    std::string suffix;
    for (size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') {
            suffix += format[i];
            continue;
        }
        switch (format[++i]) {
            case 'Y':
                suffix += fmt::format("{:04}", local.tm_year + 1900);
                break;
            case 'm':
                suffix += fmt::format("{:02}", local.tm_mon + 1);
                break;
            case 'd':
                suffix += fmt::format("{:02}", local.tm_mday);
                break;
            case 'H':
                suffix += fmt::format("{:02}", local.tm_hour);
                break;
            case 'M':
                suffix += fmt::format("{:02}", local.tm_min);
                break;
            case 'S':
                suffix += fmt::format("{:02}", local.tm_sec);
                break;
            case 's':
                suffix += fmt::format("{}", seconds_now);
                break;
            default:
                suffix += '%';
        }
    }
    return suffix;
}

std::optional<ArchiveName> read_dated(std::string_view log, std::string_view format, std::string_view name) {
    ArchiveName archive;
    auto tail = tail_of(log, name, archive.is_compressed);
    if (!tail) {
        return std::nullopt;
    }
    constexpr std::string_view by_weight = "YmdHMS";
    std::array<int64_t, by_weight.size()> values{};
    for (size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || format[i + 1] == '%') {
            i += format[i] == '%' ? 1 : 0;
            if (!tail->starts_with(format[i])) {
                return std::nullopt;
            }
            tail->remove_prefix(1);
            continue;
        }
        const char field = format[++i];
        const auto value = take_digits(*tail, width_of(field));
        if (!value) {
            return std::nullopt;
        }
        if (field == 's') {
            archive.order = *value;
        } else {
            values[by_weight.find(field)] = *value;
        }
    }
    if (!tail->empty()) {
        return std::nullopt;
    }
    if (archive.order == 0) {
        for (const auto value : values) {
            archive.order = archive.order * 100 + value;
        }
    }
    return archive;
}

bool is_archive_of(const Block& block, std::string_view log, std::string_view name) {
    return read_numbered(log, name) || read_dated(log, block.date_format, name);
}

}  // namespace vigie::agent::logs

// Writing and recognising the names of archives.
#include "agent/logs/archives.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <ctime>

#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

// Digits of each date field; 0: as many as there are (%s).
size_t width_of(char field) {
    return field == 'Y' ? 4 : field == 's' ? 0 : 2;
}

// What compressors add, the longer ones first where one ends in another.
constexpr std::array<std::string_view, 7> packed_suffixes{gzip_suffix, ".bz2", ".xz", ".zst", ".zip", ".lz4", ".Z"};

// What stands between stem and tail, after the compressor's suffix is off; nullopt when `name` is no archive of this
// log.
std::optional<std::string_view> middle_of(const Naming& naming, std::string_view name, std::string& packed) {
    if (!name.starts_with(naming.stem)) {
        return std::nullopt;
    }
    auto middle = name.substr(naming.stem.size());
    const auto cut = [&](std::string_view suffix) {
        if (packed.empty() && !suffix.empty() && middle.size() > suffix.size() && middle.ends_with(suffix)) {
            packed = suffix;
            middle.remove_suffix(suffix.size());
        }
    };
    cut(naming.packed);
    for (const auto suffix : packed_suffixes) {
        if (suffix != naming.tail) {
            cut(suffix);
        }
    }
    if (middle.size() <= naming.tail.size() || !middle.ends_with(naming.tail)) {
        return std::nullopt;
    }
    middle.remove_suffix(naming.tail.size());
    return middle;
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

Naming naming_of(const Block& block, std::string_view log) {
    Naming naming;
    naming.stem = log;
    for (const auto* extension : {&block.extension, &block.add_extension}) {
        const bool has_it = !extension->empty() && log.size() > extension->size() && log.ends_with(*extension);
        if (has_it) {
            naming.stem = log.substr(0, log.size() - extension->size());
        }
        if (has_it || (extension == &block.add_extension && !extension->empty())) {
            naming.tail = *extension;
            break;
        }
    }
    if (!block.date_format.empty()) {
        naming.date_format = block.date_format;
    } else if (block.criterion == Criterion::hourly) {
        naming.date_format += "%H";
    }
    naming.packed = block.compress_suffix;
    naming.start = block.start;
    return naming;
}

std::string numbered_name(const Naming& naming, int64_t number, std::string_view packed) {
    return fmt::format("{}.{}{}{}", naming.stem, number, naming.tail, packed);
}

std::optional<ArchiveName> read_numbered(const Naming& naming, std::string_view name) {
    ArchiveName archive;
    const auto middle = middle_of(naming, name, archive.packed);
    // 9 digits keep the number well inside an int64 even when it is counted up.
    if (!middle || middle->size() < 2 || middle->size() > 10 || (*middle)[0] != '.') {
        return std::nullopt;
    }
    auto digits = middle->substr(1);
    const bool has_leading_zero = digits.size() > 1 && digits[0] == '0';
    const auto number = take_digits(digits, 0);
    if (!number || !digits.empty() || has_leading_zero || *number < naming.start) {
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
        if (std::string_view("YmdHMSVsz").find(field) != std::string_view::npos && field != '\0') {
            ++fields;
        } else if (field != '%') {
            return fail(ErrorCode::unsupported, "'dateformat' knows %Y %m %d %H %M %S %V %s %z and %%, not '{}'",
                        format);
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
            case 'V': {
                std::array<char, 3> week{};  // ISO 8601's, two digits
                suffix.append(week.data(), std::strftime(week.data(), week.size(), "%V", &local));
                break;
            }
            case 'z': {
                std::array<char, 8> zone{};  // +0100
                suffix.append(zone.data(), std::strftime(zone.data(), zone.size(), "%z", &local));
                break;
            }
            case 's':
                suffix += fmt::format("{}", seconds_now);
                break;
            default:
                suffix += '%';
        }
    }
    return suffix;
}

std::string dated_name(const Naming& naming, WallTime date) {
    return naming.stem + dated_suffix(naming.date_format, date) + naming.tail;
}

WallTime date_of_archive(const Block& block, WallTime now) {
    if (!block.dateyesterday) {
        return block.datehourago ? now - 1h : now;
    }
    // By the calendar, because the day on which summer time begins has 23 hours.
    auto at = static_cast<time_t>(std::chrono::floor<seconds>(now.time_since_epoch()).count());
    std::tm local{};
    localtime_r(&at, &local);
    local.tm_mday -= 1;
    local.tm_isdst = -1;
    at = std::mktime(&local);
    return WallTime{seconds{at}};
}

std::optional<ArchiveName> read_dated(const Naming& naming, std::string_view name) {
    const std::string_view format = naming.date_format;
    ArchiveName archive;
    auto tail = middle_of(naming, name, archive.packed);
    if (!tail) {
        return std::nullopt;
    }
    constexpr std::string_view by_weight = "YVmdHMS";
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
        if (field == 'z') {
            if (!tail->starts_with('+') && !tail->starts_with('-')) {
                return std::nullopt;
            }
            tail->remove_prefix(1);
            if (!take_digits(*tail, 4)) {
                return std::nullopt;
            }
            continue;  // where the clock stood says little about the order
        }
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

std::string archive_path_of(const Block& block, const std::string& folder) {
    if (block.olddir.empty()) {
        return folder;
    }
    auto olddir = block.olddir.substr(0, block.olddir.find_last_not_of('/') + 1);
    if (const char* home = olddir.starts_with("~/") ? getenv("HOME") : nullptr) {
        return home + olddir.substr(1);
    }
    return block.olddir.starts_with('/') ? (olddir.empty() ? "/" : olddir) : join_path(folder, olddir);
}

bool is_archive_of(const Block& block, std::string_view log, std::string_view name) {
    auto naming = naming_of(block, log);
    naming.start = std::min(naming.start, 1);
    constexpr size_t backup_size = std::string_view("-YYYYmmddHH.backup").size();
    if (name.ends_with(".backup") && name.size() > backup_size) {
        name.remove_suffix(backup_size);
    }
    return read_numbered(naming, name) || read_dated(naming, name);
}

}  // namespace vigie::agent::logs

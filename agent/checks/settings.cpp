// What is wrong with the values of settings.
#include <regex.h>

#include <algorithm>
#include <charconv>

#include "agent/checks/kinds.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool is_made_of(std::string_view text, std::string_view others) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [others](char c) {
        return digits.find(c) != digits.npos || letters.find(c) != letters.npos || others.find(c) != others.npos;
    });
}

std::optional<int64_t> whole_number(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string trouble_with_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
        return "must begin with http:// or https://";
    }
    const auto rest = url.substr(scheme + 3);
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.empty()) {
        return "names no host";
    }
    if (authority.find('@') != authority.npos) {
        return "must not hold a user or password, which others could read: use 'user' and 'password_file'";
    }
    return std::any_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20; })
               ? "must not hold blanks or control characters: write them as %20"
               : "";
}

std::string trouble_with_pattern(std::string_view pattern) {
    regex_t compiled;
    if (const int status = regcomp(&compiled, std::string(pattern).c_str(), REG_EXTENDED | REG_NOSUB); status != 0) {
        std::array<char, 128> why{};
        regerror(status, &compiled, why.data(), why.size());
        return fmt::format("is not a regular expression: {}", why.data());
    }
    regfree(&compiled);
    return "";
}

bool is_http_status(std::string_view text) {
    const auto is_good = [](char c, std::string_view allowed) { return allowed.find(c) != allowed.npos; };
    return text.size() == 3 && is_good(text[0], "12345") &&
           (text.substr(1) == "xx" || (is_good(text[1], digits) && is_good(text[2], digits)));
}

// Headers of the configuration stand in the worker's arguments, where every user of the host can read them.
std::string trouble_with_header(std::string_view header) {
    const auto colon = header.find(':');
    if (colon == header.npos || !is_made_of(header.substr(0, colon), "-_") ||
        header.find_first_of("\r\n") != header.npos) {
        return "must be 'Name: value'";
    }
    std::string name(header.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const auto has = [&name](std::string_view part) { return name.find(part) != name.npos; };
    return has("auth") || has("cookie") || has("token") || has("secret") || has("key") || has("password")
               ? "looks like a secret, which others could read here: put the line into 'headers_file'"
               : "";
}

std::string unless(bool is_good, std::string_view why) {
    return is_good ? std::string() : std::string(why);
}

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), value) != words.end();
}

std::string trouble_with_duration(std::string_view value) {
    const auto duration = parse_duration(value);
    return duration ? unless(*duration > 0ms, "must be above zero") : duration.error().message;
}

std::string trouble_by_type(SettingType type, std::string_view value) {
    switch (type) {
        case SettingType::text:
        case SettingType::program:
            return "";
        case SettingType::word:
            return unless(is_made_of(value, "._-:/") && value.front() != '-',
                          "must be a word of letters, digits and . _ - : /");
        case SettingType::host:
            return unless(is_made_of(value, "._-:%") && value.front() != '-', "must be a host's name or address");
        case SettingType::port:
            return unless(whole_number(value).value_or(0) >= 1 && whole_number(value).value_or(0) <= 65535,
                          "must be a port from 1 to 65535");
        case SettingType::url:
            return trouble_with_url(value);
        case SettingType::path:
        case SettingType::secret_file:
            return unless(value.starts_with('/'), "must be a path from the root");
        case SettingType::pattern:
            return trouble_with_pattern(value);
        case SettingType::count:
            return unless(whole_number(value).value_or(-1) >= 0, "must be a whole number, 0 or more");
        case SettingType::duration:
            return trouble_with_duration(value);
        case SettingType::size: {
            const auto size = parse_bytes(value);
            return size ? "" : size.error().message;
        }
        case SettingType::flag:
            return unless(is_one_of(value, {"true", "false"}), "must be true or false");
        case SettingType::http_status:
            return unless(is_http_status(value), "must be a status such as 200 or 2xx");
        case SettingType::http_header:
            return trouble_with_header(value);
        case SettingType::http_method:
            return unless(is_one_of(value, {"GET", "HEAD"}), "must be GET or HEAD");
        case SettingType::dns_type:
            return unless(is_one_of(value, {"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"}),
                          "must be A, AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT");
        case SettingType::redis_role:
            return unless(is_one_of(value, {"master", "replica"}), "must be master or replica");
    }
    return "";
}

bool has(const Settings& settings, std::string_view name) {
    return settings.contains(name);
}

milliseconds duration_of(const Settings& settings, std::string_view name) {
    return parse_duration(first_of(settings, name)).value_or(0ms);
}

using Trouble = std::optional<SettingsTrouble>;

Trouble trouble_with_http(const CheckKind& kind, const Settings& settings) {
    if (!first_of(settings, "url").starts_with(std::string(kind.name) + "://")) {
        return SettingsTrouble{"url", fmt::format("must begin with {}://, as the kind is {}", kind.name, kind.name)};
    }
    if (has(settings, "user") != has(settings, "password_file")) {
        return SettingsTrouble{has(settings, "user") ? "user" : "password_file",
                               "'user' and 'password_file' belong together"};
    }
    if (has(settings, "certificate_warning") && has(settings, "certificate_critical") &&
        duration_of(settings, "certificate_warning") < duration_of(settings, "certificate_critical")) {
        return SettingsTrouble{"certificate_warning", "must not be shorter than certificate_critical"};
    }
    if (first_of(settings, "method") == "HEAD" && (has(settings, "body_contains") || has(settings, "body_regex"))) {
        return SettingsTrouble{"method", "an answer to HEAD has no body"};
    }
    return std::nullopt;
}

Trouble trouble_with_process(const Settings& settings) {
    if (has(settings, "process") == has(settings, "regex")) {
        return SettingsTrouble{"process", "name a 'process' or a 'regex', one of the two"};
    }
    if (has(settings, "min") && has(settings, "max") &&
        whole_number(first_of(settings, "min")).value_or(0) > whole_number(first_of(settings, "max")).value_or(0)) {
        return SettingsTrouble{"min", "must not be above 'max'"};
    }
    return std::nullopt;
}

Trouble trouble_with_file(const Settings& settings) {
    if (has(settings, "age_warning") && has(settings, "age_critical") &&
        duration_of(settings, "age_warning") > duration_of(settings, "age_critical")) {
        return SettingsTrouble{"age_warning", "must not be longer than age_critical"};
    }
    if (has(settings, "size_min") && has(settings, "size_max") &&
        parse_bytes(first_of(settings, "size_min")).value_or(0_B) >
            parse_bytes(first_of(settings, "size_max")).value_or(0_B)) {
        return SettingsTrouble{"size_min", "must not be above size_max"};
    }
    if (first_of(settings, "exists") == "false" && settings.size() > 2) {
        return SettingsTrouble{"exists", "a file that must not be there has no age and no size"};
    }
    return std::nullopt;
}

}  // namespace

std::string trouble_with(const SettingRule& rule, std::string_view value) {
    if (value.empty()) {
        return "must not be empty";
    }
    if (value.size() > setting_bytes_max || value.find('\0') != value.npos) {
        return fmt::format("must have at most {} bytes, and no NUL", setting_bytes_max);
    }
    return trouble_by_type(rule.type, value);
}

std::optional<SettingsTrouble> trouble_with(const CheckKind& kind, const Settings& settings) {
    if (kind.name == "http" || kind.name == "https") {
        return trouble_with_http(kind, settings);
    }
    if (kind.name == "process") {
        return trouble_with_process(settings);
    }
    if (kind.name == "file") {
        return trouble_with_file(settings);
    }
    if (kind.name == "redis" && has(settings, "user") && !has(settings, "password_file")) {
        return SettingsTrouble{"user", "needs 'password_file'"};
    }
    return std::nullopt;
}

}  // namespace vigie::agent

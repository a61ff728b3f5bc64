// The table of kinds, and settings to words and back.
#include "agent/checks/kinds.hpp"

#include <algorithm>

#include "shared/core/nearest.hpp"

namespace vigie::agent {
namespace {

using enum SettingType;

constexpr std::array<SettingRule, 4> tcp{{{"host", host}, {"port", port, true}, {"send", text}, {"expect", text}}};
constexpr std::array<SettingRule, 14> http{{{"url", url, true},
                                            {"method", http_method},
                                            {"status", http_status, false, true},
                                            {"body_contains", text},
                                            {"body_regex", pattern},
                                            {"headers", http_header, false, true},
                                            {"headers_file", secret_file},
                                            {"user", text},
                                            {"password_file", secret_file},
                                            {"follow_redirects", flag},
                                            {"certificate_warning", duration},
                                            {"certificate_critical", duration},
                                            {"ca_file", path},
                                            {"verify", flag}}};
constexpr std::array<SettingRule, 4> postgresql{{{"host", host}, {"port", port}, {"user", word}, {"database", word}}};
constexpr std::array<SettingRule, 3> mariadb{{{"host", host}, {"port", port}, {"user", word}}};
constexpr std::array<SettingRule, 5> redis{
    {{"host", host}, {"port", port}, {"user", word}, {"password_file", secret_file}, {"role", redis_role}}};
constexpr std::array<SettingRule, 2> amqp{{{"host", host}, {"port", port}}};
constexpr std::array<SettingRule, 4> smtp{{{"host", host}, {"port", port}, {"hello", host}, {"starttls", flag}}};
constexpr std::array<SettingRule, 5> dns{
    {{"query", host, true}, {"type", dns_type}, {"server", host, true}, {"port", port}, {"expect", text, false, true}}};
constexpr std::array<SettingRule, 4> process{
    {{"process", text}, {"regex", pattern}, {"min", SettingType::count}, {"max", SettingType::count}}};
constexpr std::array<SettingRule, 1> systemd{{{"unit", text, true}}};
constexpr std::array<SettingRule, 6> file{{{"path", path, true},
                                           {"exists", flag},
                                           {"age_warning", duration},
                                           {"age_critical", duration},
                                           {"size_min", size},
                                           {"size_max", size}}};
constexpr std::array<SettingRule, 1> command{{{"command", program, true, true}}};

constexpr std::array<CheckKind, 13> kinds{{{"tcp", "services", tcp},
                                           {"http", "services", http},
                                           {"https", "services", http},
                                           {"postgresql", "database", postgresql},
                                           {"mariadb", "database", mariadb},
                                           {"redis", "cache", redis},
                                           {"amqp", "queue", amqp},
                                           {"smtp", "services", smtp},
                                           {"dns", "services", dns},
                                           {"process", "services", process},
                                           {"systemd", "services", systemd},
                                           {"file", "storage", file},
                                           {"command", "services", command}}};

constexpr std::string_view timeout_option = "timeout";

const SettingRule* find_rule(const CheckKind& kind, std::string_view name) {
    const auto found = std::find_if(kind.settings.begin(), kind.settings.end(),
                                    [name](const SettingRule& rule) { return rule.name == name; });
    return found == kind.settings.end() ? nullptr : &*found;
}

// "name=value" into the settings.
Result<void> take_word(std::string_view word, ProbeWords& words) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const auto* const rule = find_rule(*words.kind, name);
    if (rule == nullptr && name != timeout_option) {
        Words known{std::string(timeout_option)};
        for (const auto& one : words.kind->settings) {
            known.emplace(one.name);
        }
        const auto near = nearest(name, known);
        return fail(ErrorCode::malformed, "check {}: unknown option --{}{}", words.kind->name, name,
                    near.empty() ? "" : fmt::format(", did you mean --{}?", near));
    }
    if (equals == word.npos) {
        return fail(ErrorCode::malformed, "check {}: write --{}=VALUE", words.kind->name, name);
    }
    const auto value = word.substr(equals + 1);
    if (rule == nullptr) {
        VIGIE_TRY(words.timeout, parse_duration(value));
        return words.timeout > 0ms ? Result<void>{} : fail(ErrorCode::malformed, "check: --timeout must be above zero");
    }
    if (const auto trouble = trouble_with(*rule, value); !trouble.empty()) {
        return fail(ErrorCode::malformed, "check {}: --{}: {}", words.kind->name, name, trouble);
    }
    auto& values = words.settings[std::string(name)];
    if (!values.empty() && (!rule->is_list || values.size() == setting_values_max)) {
        return fail(ErrorCode::malformed, "check {}: --{} is given too often", words.kind->name, name);
    }
    values.emplace_back(value);
    return {};
}

}  // namespace

std::span<const CheckKind> check_kinds() {
    return kinds;
}

const CheckKind* find_kind(std::string_view name) {
    const auto all = check_kinds();
    const auto found =
        std::find_if(all.begin(), all.end(), [name](const CheckKind& kind) { return kind.name == name; });
    return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> worker_words(const Check& check) {
    if (check.kind == "command") {
        std::vector<std::string> words{"command", "--"};
        const auto& argv = check.settings.find("command")->second;
        words.insert(words.end(), argv.begin(), argv.end());
        return words;
    }
    std::vector<std::string> words{"check", check.kind,
                                   fmt::format("--{}={}", timeout_option, format_duration(check.timeout))};
    for (const auto& [name, values] : check.settings) {
        for (const auto& value : values) {
            words.push_back(fmt::format("--{}={}", name, value));
        }
    }
    return words;
}

Result<ProbeWords> read_probe_words(std::span<const std::string> words) {
    ProbeWords read;
    read.kind = words.empty() ? nullptr : find_kind(words[0]);
    if (read.kind == nullptr || read.kind->name == "command") {
        std::vector<std::string_view> names;
        for (const auto& kind : check_kinds()) {
            if (kind.name != "command") {
                names.push_back(kind.name);
            }
        }
        return fail(ErrorCode::malformed, "check: name a kind: {}", fmt::join(names, ", "));
    }
    for (const auto& word : words.subspan(1)) {
        if (!word.starts_with("--")) {
            return fail(ErrorCode::malformed, "check {}: '{}' is no option: write --SETTING=VALUE", read.kind->name,
                        word);
        }
        VIGIE_CHECK(take_word(std::string_view(word).substr(2), read));
    }
    for (const auto& rule : read.kind->settings) {
        if (rule.is_required && !read.settings.contains(rule.name)) {
            return fail(ErrorCode::malformed, "check {}: --{} is missing", read.kind->name, rule.name);
        }
    }
    if (const auto trouble = trouble_with(*read.kind, read.settings)) {
        return fail(ErrorCode::malformed, "check {}: --{}: {}", read.kind->name, trouble->setting, trouble->why);
    }
    return read;
}

}  // namespace vigie::agent

// YAML to checks, by the table of agent/checks/kinds.
#include "agent/config/checks_config.hpp"

#include <algorithm>

#include "agent/checks/check_series.hpp"
#include "agent/checks/kinds.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/nearest.hpp"

namespace vigie::agent {
namespace {

using config::MappingReader;
using config::Node;

bool is_word(std::string_view text, std::string_view others) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [others](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != others.npos;
    });
}

// As Prometheus has it for names of labels.
bool is_label_name(std::string_view text) {
    return is_word(text, "_") && !(text.front() >= '0' && text.front() <= '9') && !text.starts_with("__");
}

// A value that was there and is wrong is refused at its own line.
void refuse_unless(MappingReader& reader, std::string_view key, bool is_good, std::string_view why) {
    if (const auto* const node = reader.take(key, false); node != nullptr && !is_good) {
        reader.refuse(*node, key, why);
    }
}

void read_times(MappingReader& reader, Check& check) {
    reader.optional("interval", check.interval);
    check.retry_interval = std::min(check.retry_interval, check.interval);
    reader.optional("retry_interval", check.retry_interval);
    reader.optional("timeout", check.timeout);
    reader.optional("max_attempts", check.max_attempts);
    const auto is_interval = [](milliseconds time) { return time >= check_interval_min && time <= check_interval_max; };
    refuse_unless(reader, "interval", is_interval(check.interval), "must be between 100ms and 1d");
    refuse_unless(reader, "retry_interval", is_interval(check.retry_interval), "must be between 100ms and 1d");
    refuse_unless(reader, "timeout", check.timeout > 0ms && check.timeout <= check_timeout_max,
                  "must be above zero and at most 10m");
    refuse_unless(reader, "max_attempts", check.max_attempts >= 1 && check.max_attempts <= check_attempts_max,
                  "must be from 1 to 100");
}

void read_labels(MappingReader& reader, Check& check) {
    reader.optional("labels", check.labels);
    const auto* const node = reader.take("labels", false);
    for (const auto& [name, value] : check.labels) {
        if (node != nullptr && !is_label_name(name)) {
            reader.refuse(*node, "labels", fmt::format("'{}' is no label's name: letters, digits and _", name));
        } else if (node != nullptr && is_taken_label(name)) {
            reader.refuse(*node, "labels", fmt::format("'{}' is set by Vigie itself", name));
        }
    }
}

// A whole number or a truth value is text here: the rule says what it must look like.
void read_setting(MappingReader& reader, const SettingRule& rule, Check& check, const std::string& file,
                  AgentConfig& config) {
    const auto* const node = reader.take(rule.name, rule.is_required);
    if (node == nullptr) {
        return;
    }
    const bool is_list = node->kind == Node::Kind::sequence;
    if ((is_list && !rule.is_list) || (is_list && node->items.empty()) || node->kind == Node::Kind::mapping ||
        (rule.type == SettingType::program && !is_list)) {
        return reader.refuse(*node, rule.name, rule.is_list ? "must be a list, not empty" : "must be one value");
    }
    std::vector<std::string> values;
    for (const auto& item : is_list ? node->items : std::vector<Node>{*node}) {
        const auto trouble = item.kind == Node::Kind::scalar ? trouble_with(rule, item.scalar) : "must be text";
        if (!trouble.empty() || values.size() == setting_values_max) {
            return reader.refuse(item, rule.name, trouble.empty() ? "has too many values" : trouble);
        }
        values.push_back(item.scalar);
    }
    const auto kind = rule.type == SettingType::secret_file ? std::optional(NamedPath::Kind::secret_file)
                      : rule.type == SettingType::program   ? std::optional(NamedPath::Kind::program)
                      : rule.name == "ca_file"              ? std::optional(NamedPath::Kind::policy)
                                                            : std::nullopt;
    if (kind) {
        config.paths.push_back({*kind, values.front(), fmt::format("{}:{}", file, node->line), check.name, "check"});
    }
    check.settings.emplace(rule.name, std::move(values));
}

void read_kind(MappingReader& reader, Check& check) {
    reader.required("kind", check.kind);
    const auto* const node = reader.take("kind", false);
    if (node == nullptr || find_kind(check.kind) != nullptr) {
        return;
    }
    Words known;
    for (const auto& kind : check_kinds()) {
        known.emplace(kind.name);
    }
    const auto near = nearest(check.kind, known);
    reader.refuse(*node, "kind",
                  fmt::format("'{}' is none of {}{}", check.kind, fmt::join(known, ", "),
                              near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

Result<Check> read_check(const Node& node, const std::string& file, AgentConfig& config) {
    if (node.kind == Node::Kind::mapping && node.find("kind") == nullptr) {  // else the kind's own keys were unknown
        return fail(ErrorCode::malformed, "{}:{}: key 'kind' is missing", file, node.line);
    }
    Check check;
    check.place = fmt::format("{}:{}", file, node.line);
    MappingReader reader(node, file, "a check");
    reader.required("name", check.name);
    refuse_unless(reader, "name", is_agent_name(check.name) && check.name.size() <= check_name_bytes_max,
                  "must have letters, digits and . _ - only, at most 58, and begin with none of . and -");
    read_kind(reader, check);
    read_times(reader, check);
    read_labels(reader, check);
    const auto* const kind = find_kind(check.kind);
    if (kind == nullptr) {
        VIGIE_CHECK(reader.finish());
        return fail(ErrorCode::malformed, "{}: a check must be a mapping of keys to values", check.place);
    }
    check.category = kind->category;
    reader.optional("category", check.category);
    refuse_unless(reader, "category", is_word(check.category, "_-") && check.category.size() <= 32,
                  "must be a word of at most 32 letters, digits, _ and -");
    for (const auto& rule : kind->settings) {
        read_setting(reader, rule, check, file, config);
    }
    VIGIE_CHECK(reader.finish());
    if (const auto trouble = trouble_with(*kind, check.settings)) {
        const auto* const at = node.find(trouble->setting);
        return fail(ErrorCode::malformed, "{}:{}: {}: {}", file, at != nullptr ? at->line : node.line, trouble->setting,
                    trouble->why);
    }
    return check;
}

}  // namespace

Result<void> read_checks(const Node& node, const std::string& file, AgentConfig& config) {
    if (node.kind != Node::Kind::sequence) {
        return fail(ErrorCode::malformed, "{}:{}: checks: must be a list", file, node.line);
    }
    for (const auto& item : node.items) {
        VIGIE_TRY(auto check, read_check(item, file, config));
        for (const auto& other : config.checks) {
            if (other.name == check.name) {
                return fail(ErrorCode::conflict, "{}:{}: check '{}' is defined twice, first at {}", file, item.line,
                            check.name, other.place);
            }
        }
        if (config.checks.size() == checks_max) {
            return fail(ErrorCode::too_large, "{}:{}: more than {} checks", file, item.line, checks_max);
        }
        config.checks.push_back(std::move(check));
    }
    return {};
}

}  // namespace vigie::agent

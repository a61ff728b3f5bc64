// From YAML nodes to rules. Positions inside an expression are found in the file's own text, because the YAML parser
// gives a scalar's first line only.
#include "controller/rules/rule_file.hpp"

#include <set>

#include "controller/rules/humanize.hpp"
#include "shared/config/node.hpp"

namespace vigie::controller::rules {
namespace {

struct Position {
    int line = 1;
    size_t column = 1;
};

size_t start_of_line(std::string_view text, int line) {
    size_t at = 0;
    for (int i = 1; i < line && at < text.size(); ++i) {
        const auto end = text.find('\n', at);
        at = end == std::string_view::npos ? text.size() : end + 1;
    }
    return at;
}

// Where the value of `expr` begins when its node is on `line`: behind the key, and past the header of a block ("|",
// ">").
size_t start_of_value(std::string_view text, int line) {
    auto at = start_of_line(text, line);
    const auto end = std::min(text.find('\n', at), text.size());
    const auto key = text.substr(at, end - at).find("expr");
    if (key != std::string_view::npos) {
        const auto colon = text.find(':', at + key);
        at = colon < end ? colon + 1 : at;
    }
    while (at < end && (text[at] == ' ' || text[at] == '\t')) {
        ++at;
    }
    return at < end && (text[at] == '|' || text[at] == '>') ? end : at;
}

// The place of the expression's byte `offset` in the file. YAML folds and re-indents white space, so only the other
// characters are walked through, side by side.
Position locate(std::string_view file_text, int line, std::string_view expression, size_t offset) {
    auto at = start_of_value(file_text, line);
    const auto begin = at;
    for (size_t i = 0; i <= offset && i < expression.size(); ++i) {
        if (expression[i] == ' ' || expression[i] == '\n' || expression[i] == '\t') {
            continue;
        }
        const auto found = file_text.find(expression[i], at);
        if (found == std::string_view::npos) {
            break;
        }
        at = found + (i < offset ? 1 : 0);
    }
    at = std::min(std::max(at, begin), file_text.size());
    const auto newline = at == 0 ? std::string_view::npos : file_text.rfind('\n', at - 1);
    Position position;
    position.line =
        1 + static_cast<int>(std::count(file_text.begin(), file_text.begin() + static_cast<long>(at), '\n'));
    position.column = newline == std::string_view::npos ? at + 1 : at - newline;
    return position;
}

bool is_label_name(std::string_view name) {
    const auto is_start = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && is_start(name[0]) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); });
}

class RuleFileReader {
  public:
    RuleFileReader(std::string_view text, std::string_view file) : text_(text), file_(file) {}

    Result<std::vector<AlertingRule>> read() {
        VIGIE_TRY(const auto document, config::parse_yaml(text_, file_));
        config::MappingReader reader(document, file_, "a rule file");
        const auto* groups = reader.take("groups", false);
        VIGIE_CHECK(reader.finish());
        if (groups != nullptr && groups->kind != config::Node::Kind::null) {
            VIGIE_CHECK(expect_list(*groups, "groups"));
            for (const auto& group : groups->items) {
                VIGIE_CHECK(read_group(group));
            }
        }
        return std::move(rules_);
    }

  private:
    Result<void> expect_list(const config::Node& node, std::string_view key) const {
        if (node.kind != config::Node::Kind::sequence) {
            return fail(ErrorCode::malformed, "{}:{}: {}: must be a list", file_, node.line, key);
        }
        return {};
    }

    Result<void> read_group(const config::Node& node) {
        std::string name;
        milliseconds interval{0};  // accepted and not used: rules are evaluated when samples arrive
        config::MappingReader reader(node, file_, "a group");
        reader.required("name", name);
        reader.optional("interval", interval);
        const auto* rules = reader.take("rules", false);
        if (name.empty()) {
            reader.refuse(node, "name", "must not be empty");
        } else if (!groups_.insert(name).second) {
            reader.refuse(node, "name", fmt::format("group '{}' stands twice", name));
        }
        VIGIE_CHECK(reader.finish());
        if (rules == nullptr || rules->kind == config::Node::Kind::null) {
            return {};
        }
        VIGIE_CHECK(expect_list(*rules, "rules"));
        for (const auto& rule : rules->items) {
            VIGIE_TRY(auto read, read_rule(rule, name));
            rules_.push_back(std::move(read));
        }
        return {};
    }

    Result<AlertingRule> read_rule(const config::Node& node, const std::string& group) {
        if (const auto* record = node.find("record")) {
            return fail(ErrorCode::unsupported, "{}:{}: recording rule '{}' is not supported yet", file_, record->line,
                        record->scalar);
        }
        AlertingRule rule;
        rule.group = group;
        rule.file = file_;
        rule.line = node.line;
        config::MappingReader reader(node, file_, "a rule");
        reader.required("alert", rule.name);
        reader.required("expr", rule.expression_text);
        reader.optional("for", rule.hold);
        reader.optional("keep_firing_for", rule.keep_firing);
        const auto* labels = reader.take("labels", false);
        const auto* annotations = reader.take("annotations", false);
        if (rule.name.empty()) {
            reader.refuse(node, "alert", "must not be empty");
        }
        VIGIE_CHECK(reader.finish());
        VIGIE_CHECK(read_expression(node.find("expr")->line, rule));
        VIGIE_CHECK(read_templates(labels, "labels", rule.labels));
        VIGIE_CHECK(read_templates(annotations, "annotations", rule.annotations));
        rule.key = key_of(rule);
        return rule;
    }

    Result<void> read_expression(int line, AlertingRule& rule) const {
        auto parsed = parse_expression(rule.expression_text);
        if (!parsed) {
            const auto& error = parsed.error();
            const auto place = locate(text_, line, rule.expression_text, error.offset);
            return fail(error.code, "{}:{}:{}: alert '{}': expr: {}", file_, place.line, place.column, rule.name,
                        error.message);
        }
        rule.expression = std::move(*parsed);
        return {};
    }

    Result<void> read_templates(const config::Node* node, std::string_view key,
                                std::map<std::string, Template>& into) const {
        if (node == nullptr || node->kind == config::Node::Kind::null) {
            return {};
        }
        if (node->kind != config::Node::Kind::mapping) {
            return fail(ErrorCode::malformed, "{}:{}: {}: must be a mapping", file_, node->line, key);
        }
        for (const auto& [name, value] : node->entries) {
            if (!is_label_name(name.scalar) || name.scalar == metric_name_label ||
                (key == "labels" && name.scalar == "alertname")) {
                return fail(ErrorCode::malformed, "{}:{}: {}: '{}' is not allowed as a name", file_, name.line, key,
                            name.scalar);
            }
            const bool is_text = value.kind == config::Node::Kind::scalar || value.kind == config::Node::Kind::null;
            auto parsed = is_text ? Template::parse(value.scalar) : fail(ErrorCode::malformed, "must be text");
            if (!parsed) {
                return fail(parsed.error().at(fmt::format("{}:{}: {}.{}", file_, value.line, key, name.scalar)));
            }
            into.emplace(name.scalar, std::move(*parsed));
        }
        return {};
    }

    static std::string key_of(const AlertingRule& rule) {
        // 0x1F, the unit separator, stands in no name that a person types.
        auto key = rule.group + '\x1f' + rule.name;
        for (const auto& [name, text] : rule.labels) {
            key += '\x1f' + name + '=' + text.text();
        }
        return key;
    }

    std::string_view text_;
    std::string file_;
    std::set<std::string> groups_;
    std::vector<AlertingRule> rules_;
};

std::string plain_fallback(const AlertingRule& rule, const Labels& series, double value) {
    std::string labels;
    for (const auto& [name, text] : series) {
        if (name != metric_name_label) {
            labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ", ", name, text);
        }
    }
    return fmt::format("{} {{{}}} value {}", rule.name, labels, plain_number(value));
}

}  // namespace

Result<std::vector<AlertingRule>> parse_rule_file(std::string_view text, std::string_view file) {
    return RuleFileReader(text, file).read();
}

AlertText expand_alert(const AlertingRule& rule, const Labels& series, double value) {
    AlertText text;
    text.labels = series;
    text.labels.erase(metric_name_label);
    for (const auto& [name, source] : rule.labels) {
        const auto expanded = source.expand(series, value);
        if (!expanded) {
            text.failures.push_back(fmt::format("label '{}': {}", name, expanded.error().message));
        }
        text.labels[name] = expanded.value_or("");
    }
    text.labels["alertname"] = rule.name;
    std::erase_if(text.labels, [](const auto& label) { return label.second.empty(); });
    for (const auto& [name, source] : rule.annotations) {
        auto expanded = source.expand(series, value);
        if (!expanded) {
            text.failures.push_back(fmt::format("annotation '{}': {}", name, expanded.error().message));
        }
        text.annotations[name] = expanded ? std::move(*expanded) : plain_fallback(rule, series, value);
    }
    return text;
}

}  // namespace vigie::controller::rules

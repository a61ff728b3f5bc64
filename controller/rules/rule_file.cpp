// From YAML nodes to rules. All faults are told, not only the first: whoever repairs a file wants to do so once.
#include "controller/rules/rule_file.hpp"

#include <set>

#include "controller/query/series_labels.hpp"
#include "controller/rules/scalar_place.hpp"

namespace vigie::controller::rules {
namespace {

using config::Node;

bool is_metric_name(std::string_view name) {
    const auto is_start = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    };
    return !name.empty() && is_start(name[0]) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); });
}

class RuleFileReader {
  public:
    RuleFileReader(std::string_view text, std::string_view file) : text_(text), file_(file), faults_(file_) {}

    RuleFile read() {
        RuleFile out;
        if (const auto document = read_yaml(text_, file_, faults_)) {
            Fields fields(*document, "a rule file", faults_);
            for (const auto& node : fields.list("groups")) {
                const auto before = faults_.count();
                auto group = read_group(node);
                if (faults_.count() == before) {
                    out.groups.push_back(std::move(group));
                }
            }
            fields.finish();
        }
        out.faults = faults_.take();
        return out;
    }

  private:
    RuleGroup read_group(const Node& node) {
        Fields fields(node, "a group", faults_);
        RuleGroup group{.name = fields.text("name"), .file = file_, .line = node.line, .rules = {}};
        const auto interval = fields.duration("interval");
        group.interval = interval > 0ms ? interval : interval_default;
        group.limit = fields.whole_number("limit");
        if (group.name.empty()) {
            faults_.add(node, "a group needs a name");
        } else if (!groups_.insert(group.name).second) {
            faults_.add(*node.find("name"), fmt::format("name: group '{}' stands twice", group.name));
        }
        for (const auto& rule : fields.list("rules")) {
            if (auto read = read_rule(rule, group.name)) {
                read->interval = group.interval;
                group.rules.push_back(std::move(*read));
            }
        }
        fields.finish();
        return group;
    }

    std::optional<Rule> read_rule(const Node& node, const std::string& group) {
        Fields fields(node, "a rule", faults_);
        const auto* alert = fields.scalar("alert");
        const auto* record = fields.scalar("record");
        const auto* expr = fields.scalar("expr");
        const bool is_alerting = alert != nullptr && !alert->scalar.empty();
        const bool is_recording = record != nullptr && !record->scalar.empty();
        if (is_alerting == is_recording) {
            faults_.add(node, is_alerting ? "a rule has 'alert' or 'record', not both"
                                          : "a rule needs 'alert' or 'record', with a name");
        }
        if (expr == nullptr || expr->scalar.empty()) {
            faults_.add(expr != nullptr ? *expr : node, "a rule needs 'expr', an expression");
        }
        auto expression = expr == nullptr || expr->scalar.empty() ? std::nullopt : read_expression(*expr);
        if (!expression) {
            read_rest(fields, is_recording ? Rule::Kind::recording : Rule::Kind::alerting, nullptr);
            return std::nullopt;
        }
        Rule rule{.kind = is_recording ? Rule::Kind::recording : Rule::Kind::alerting,
                  .group = group,
                  .name = is_recording  ? record->scalar
                          : is_alerting ? alert->scalar
                                        : "",
                  .expression = std::move(*expression),
                  .presence = std::nullopt,
                  .file = file_,
                  .line = node.line};
        if (is_recording && !is_metric_name(rule.name)) {
            faults_.add(*record, fmt::format("record: '{}' is no name of a metric", rule.name));
        }
        if (is_alerting) {
            auto presence = presence_of(rule.expression);
            if (!presence) {
                faults_.add(*expr, "expr: " + presence.error().message, presence.error().code);
                return std::nullopt;
            }
            rule.presence = std::move(*presence);
        }
        read_rest(fields, rule.kind, &rule);
        rule.key = key_of(rule);
        return rule;
    }

    // What stands in a rule besides its name and expression. Looked at also when there is no `rule` to fill.
    void read_rest(Fields& fields, Rule::Kind kind, Rule* rule) {
        const bool is_alerting = kind == Rule::Kind::alerting;
        const auto hold = fields.duration("for");
        const auto keep_firing = fields.duration("keep_firing_for");
        if (!is_alerting) {
            for (const auto* key : {"for", "keep_firing_for", "annotations"}) {
                if (const auto* found = fields.take(key)) {
                    faults_.add(*found, fmt::format("{}: a recording rule has none", key));
                }
            }
        }
        auto labels = read_templates(fields, "labels", is_alerting);
        auto annotations = read_templates(fields, "annotations", is_alerting);
        fields.finish();
        if (rule != nullptr) {
            rule->hold = hold;
            rule->keep_firing = keep_firing;
            rule->labels = std::move(labels);
            rule->annotations = std::move(annotations);
        }
    }

    std::optional<query::Expression> read_expression(const Node& node) {
        auto parsed = query::Expression::parse(node.scalar);
        if (!parsed) {
            const auto& error = parsed.error();
            add_inside(node, error.offset, "expr: " + error.message, error.code);
            return std::nullopt;
        }
        if (parsed->type() != query::ValueType::vector && parsed->type() != query::ValueType::scalar) {
            add_inside(node, parsed->root().offset,
                       fmt::format("expr: a rule needs an instant vector or a scalar, not a {}",
                                   query::name_of(parsed->type())),
                       ErrorCode::malformed);
            return std::nullopt;
        }
        return std::move(*parsed);
    }

    std::map<std::string, Template> read_templates(Fields& fields, std::string_view key, bool is_template) {
        std::map<std::string, Template> into;
        for (const auto& [name, value] : fields.mapping(key)) {
            if (!query::is_label_name(name.scalar) || (key == "labels" && name.scalar == query::metric_name_label)) {
                faults_.add(name, fmt::format("{}: '{}' is not allowed as a name", key, name.scalar));
                continue;
            }
            if (value.kind != Node::Kind::scalar && value.kind != Node::Kind::null) {
                faults_.add(value, fmt::format("{}.{}: must be text", key, name.scalar));
                continue;
            }
            auto parsed = is_template ? Template::parse(value.scalar) : Template::plain(value.scalar);
            if (!parsed) {
                add_inside(value, parsed.error().offset,
                           fmt::format("{}.{}: {}", key, name.scalar, parsed.error().message), parsed.error().code);
                continue;
            }
            into.emplace(name.scalar, std::move(*parsed));
        }
        return into;
    }

    void add_inside(const Node& node, size_t offset, std::string message, ErrorCode code) {
        const auto place = place_in_file(text_, node, offset);
        faults_.add(place.line, place.column, std::move(message), code);
    }

    static std::string key_of(const Rule& rule) {
        // 0x1F, the unit separator, stands in no name that a person types.
        auto key = rule.group + '\x1f' + rule.name;
        for (const auto& [name, text] : rule.labels) {
            key += '\x1f' + name + '=' + text.text();
        }
        return key;
    }

    std::string_view text_;
    std::string file_;
    Faults faults_;
    std::set<std::string> groups_;
};

}  // namespace

RuleFile read_rule_file(std::string_view text, std::string_view file) {
    return RuleFileReader(text, file).read();
}

Result<std::vector<RuleGroup>> parse_rule_file(std::string_view text, std::string_view file) {
    auto read = read_rule_file(text, file);
    if (!read.faults.empty()) {
        return fail(read.faults.front().error());
    }
    return std::move(read.groups);
}

}  // namespace vigie::controller::rules

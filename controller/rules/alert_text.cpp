#include "controller/rules/alert_text.hpp"

#include "controller/rules/humanize.hpp"

namespace vigie::controller::rules {
namespace {

std::string plain_fallback(const Rule& rule, const Labels& series, double value) {
    std::string labels;
    for (const auto& [name, text] : series) {
        if (name != query::metric_name_label) {
            labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ", ", name, text);
        }
    }
    return fmt::format("{} {{{}}} value {}", rule.name, labels, plain_number(value));
}

Labels expand_labels(const Rule& rule, const Labels& series, const TemplateInput& input,
                     std::vector<std::string>& failures) {
    auto labels = series;
    labels.erase(query::metric_name_label);
    for (const auto& [name, source] : rule.labels) {
        const auto expanded = source.expand(input);
        if (!expanded) {
            failures.push_back(fmt::format("label '{}': {}", name, expanded.error().message));
        }
        labels[name] = expanded.value_or("");
    }
    labels["alertname"] = rule.name;
    std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
    return labels;
}

}  // namespace

AlertText expand_alert(const Rule& rule, const Labels& series, double value, const TemplateWorld& world) {
    const TemplateInput input{series, value, world};
    AlertText text;
    text.labels = expand_labels(rule, series, input, text.failures);
    for (const auto& [name, source] : rule.annotations) {
        auto expanded = source.expand(input);
        if (!expanded) {
            text.failures.push_back(fmt::format("annotation '{}': {}", name, expanded.error().message));
        }
        text.annotations[name] = expanded ? std::move(*expanded) : plain_fallback(rule, series, value);
    }
    return text;
}

Labels alert_labels(const Rule& rule, const Labels& series, double value, const TemplateWorld& world) {
    std::vector<std::string> failures;
    return expand_labels(rule, series, {series, value, world}, failures);
}

Labels recorded_labels(const Rule& rule, Labels result) {
    for (const auto& [name, text] : rule.labels) {
        result[name] = text.text();
    }
    result[query::metric_name_label] = rule.name;
    std::erase_if(result, [](const auto& label) { return label.second.empty(); });
    return result;
}

}  // namespace vigie::controller::rules

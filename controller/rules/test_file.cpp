#include "controller/rules/test_file.hpp"

#include "controller/query/literals.hpp"

namespace vigie::controller::rules {
namespace {

using config::Node;

class Reader {
  public:
    Reader(std::string_view text, std::string_view file) : text_(text), file_(file), faults_(file_) {}

    TestFile read() {
        TestFile out;
        if (const auto document = read_yaml(text_, file_, faults_)) {
            Fields fields(*document, "a test file", faults_);
            out.rule_files = texts(fields, "rule_files");
            if (const auto interval = fields.duration("evaluation_interval"); interval > 0ms) {
                out.evaluation_interval = interval;
            }
            out.group_order = texts(fields, "group_eval_order");
            check_order(fields, out.group_order);
            for (const auto& node : fields.list("tests")) {
                out.tests.push_back(read_test(node, out.evaluation_interval));
            }
            fields.finish();
        }
        out.faults = faults_.take();
        return out;
    }

  private:
    std::vector<std::string> texts(Fields& fields, std::string_view key) {
        std::vector<std::string> out;
        for (const auto& node : fields.list(key)) {
            if (node.kind != Node::Kind::scalar || node.scalar.empty()) {
                faults_.add(node, fmt::format("{}: must be a list of texts", key));
                continue;
            }
            out.push_back(node.scalar);
        }
        return out;
    }

    void check_order(Fields& fields, const std::vector<std::string>& order) {
        std::set<std::string> seen;
        for (const auto& name : order) {
            if (!seen.insert(name).second) {
                faults_.add(*fields.take("group_eval_order"), fmt::format("group_eval_order: '{}' stands twice", name));
            }
        }
    }

    TestCase read_test(const Node& node, milliseconds evaluation_interval) {
        Fields fields(node, "a test", faults_);
        TestCase test{.name = fields.text("name"), .interval = evaluation_interval, .line = node.line};
        if (const auto interval = fields.duration("interval"); interval > 0ms) {
            test.interval = interval;
        }
        for (const auto& series : fields.list("input_series")) {
            test.series.push_back(read_series(series));
        }
        for (const auto& alert : fields.list("alert_rule_test")) {
            test.alert_tests.push_back(read_alert_test(alert, evaluation_interval));
        }
        for (const auto& expression : fields.list("promql_expr_test")) {
            test.expression_tests.push_back(read_expression_test(expression, evaluation_interval));
        }
        test.external_labels = labels(fields, "external_labels");
        test.external_url = fields.text("external_url");
        fields.finish();
        return test;
    }

    InputSeries read_series(const Node& node) {
        Fields fields(node, "a series", faults_);
        InputSeries series;
        const auto* name = fields.scalar("series");
        if (name == nullptr) {
            faults_.add(node, "an input series needs 'series', such as up{job=\"node\"}");
        } else if (auto metric = parse_metric(name->scalar)) {
            series.labels = std::move(*metric);
        } else {
            faults_.add(*name, "series: " + metric.error().message);
        }
        if (const auto* values = fields.scalar("values")) {
            auto read = parse_values(values->scalar);
            if (read) {
                series.values = std::move(*read);
            } else {
                faults_.add(*values, "values: " + read.error().message, read.error().code);
            }
        }
        fields.finish();
        return series;
    }

    milliseconds eval_time(Fields& fields, const Node& node, milliseconds evaluation_interval) {
        const auto at = fields.duration("eval_time");
        if (at / evaluation_interval > evaluations_max) {
            faults_.add(node, fmt::format("eval_time: more than {} evaluations", evaluations_max),
                        ErrorCode::too_large);
            return 0ms;
        }
        return at;
    }

    AlertTest read_alert_test(const Node& node, milliseconds evaluation_interval) {
        Fields fields(node, "a test of an alert", faults_);
        AlertTest test{.at = eval_time(fields, node, evaluation_interval),
                       .alertname = fields.text("alertname"),
                       .expected = {},
                       .line = node.line};
        if (test.alertname.empty()) {
            faults_.add(node, "a test under 'alert_rule_test' needs 'alertname'");
        }
        for (const auto& item : fields.list("exp_alerts")) {
            Fields of_alert(item, "an expected alert", faults_);
            test.expected.push_back({labels(of_alert, "exp_labels"), labels(of_alert, "exp_annotations")});
            of_alert.finish();
        }
        fields.finish();
        return test;
    }

    ExpressionTest read_expression_test(const Node& node, milliseconds evaluation_interval) {
        Fields fields(node, "a test of an expression", faults_);
        ExpressionTest test{.at = eval_time(fields, node, evaluation_interval),
                            .expression = fields.text("expr"),
                            .expected = {},
                            .line = node.line};
        for (const auto& item : fields.list("exp_samples")) {
            Fields of_sample(item, "an expected sample", faults_);
            test.expected.push_back({of_sample.text("labels"), number(of_sample)});
            of_sample.finish();
        }
        fields.finish();
        return test;
    }

    double number(Fields& fields) {
        const auto* node = fields.scalar("value");
        if (node == nullptr) {
            return 0;
        }
        auto text = node->scalar;
        // YAML writes them .inf, -.Inf and .NaN.
        if (const auto dot = text.find('.'); dot <= 1 && dot + 1 < text.size() && text[dot + 1] > '9') {
            text.erase(dot, 1);
        }
        const auto special = query::special_number(std::string_view(text).substr(text.starts_with('-') ? 1 : 0));
        const auto read =
            special ? std::optional(text.starts_with('-') ? -*special : *special) : query::label_number(text);
        if (!read) {
            faults_.add(*node, fmt::format("value: '{}' is no number", node->scalar));
        }
        return read.value_or(0);
    }

    Labels labels(Fields& fields, std::string_view key) {
        Labels out;
        for (const auto& [name, value] : fields.mapping(key)) {
            if (value.kind != Node::Kind::scalar && value.kind != Node::Kind::null) {
                faults_.add(value, fmt::format("{}.{}: must be text", key, name.scalar));
            }
            out.emplace(name.scalar, value.scalar);
        }
        return out;
    }

    std::string_view text_;
    std::string file_;
    Faults faults_;
};

}  // namespace

TestFile read_test_file(std::string_view text, std::string_view file) {
    return Reader(text, file).read();
}

}  // namespace vigie::controller::rules

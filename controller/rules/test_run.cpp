// As promtool: at each step the samples that are due are added, then all groups are evaluated in order; each rule sees
// what the ones before it wrote. Expressions are looked at after the last step.
#include "controller/rules/test_run.hpp"

#include <bit>
#include <set>

#include "controller/query/literals.hpp"
#include "controller/rules/test_alerts.hpp"
#include "controller/rules/test_storage.hpp"

namespace vigie::controller::rules {
namespace {

const double stale_marker = std::bit_cast<double>(query::stale_bits);

std::string text_of(const Labels& labels) {
    const auto name = labels.find(query::metric_name_label);
    std::string inside;
    for (const auto& [label, value] : labels) {
        if (label != query::metric_name_label) {
            inside += fmt::format("{}{}={}", inside.empty() ? "" : ", ", label, query::quoted(value));
        }
    }
    const auto metric = name == labels.end() ? "" : name->second;
    return inside.empty() && !metric.empty() ? metric : metric + "{" + inside + "}";
}

std::string text_of(const Labels& labels, const Labels& annotations) {
    return fmt::format("labels {} annotations {}", text_of(labels), text_of(annotations));
}

std::string text_of(const Labels& labels, double value) {
    return fmt::format("{} {}", text_of(labels), query::number_text(value + 0.0));  // -0 is 0
}

// A rule of a group, and the series that it wrote the last time.
struct RunningRule {
    const Rule* rule;
    int64_t limit;
    std::optional<TestedRule> alerts{};  // of an alerting rule
    std::set<Labels> written{};

    Result<std::vector<RecordedSample>> evaluate(TestStorage& storage, WallTime at, const query::Options& options) {
        return alerts ? alerts->evaluate(storage, at, options) : record(*rule, storage, at, limit, options);
    }
};

class Run {
  public:
    Run(const TestCase& test, const TestFile& file, const std::vector<RuleGroup>& groups, TestResult& result)
        : test_(test), file_(file), result_(result), world_{test.external_labels, test.external_url} {
        options_.subquery_step = file.evaluation_interval;
        for (const auto& series : test.series) {
            input_length_ = std::max(input_length_, series.values.size());
        }
        for (const auto* group : in_order(groups)) {
            for (const auto& rule : group->rules) {
                rules_.push_back({&rule, group->limit, std::nullopt, {}});
                if (rule.is_alerting()) {
                    rules_.back().alerts.emplace(rule, group->limit, world_);
                }
            }
        }
    }

    void run() {
        auto end = 0ms;
        for (const auto& one : test_.alert_tests) {
            end = std::max(end, one.at);
        }
        for (const auto& one : test_.expression_tests) {
            end = std::max(end, one.at);
        }
        for (auto at = 0ms; at <= end; at += file_.evaluation_interval) {
            add_input(at);
            if (!evaluate(at)) {
                return;  // what comes after it means nothing
            }
            check_alerts(at);
        }
        for (const auto& one : test_.expression_tests) {
            check_expression(one);
        }
    }

  private:
    // Groups that are not named stand first, as in promtool.
    std::vector<const RuleGroup*> in_order(const std::vector<RuleGroup>& groups) const {
        std::vector<const RuleGroup*> sorted;
        for (const auto& group : groups) {
            sorted.push_back(&group);
        }
        const auto place = [this](const RuleGroup* group) {
            const auto found = std::find(file_.group_order.begin(), file_.group_order.end(), group->name);
            return found == file_.group_order.end() ? 0 : found - file_.group_order.begin();
        };
        std::stable_sort(sorted.begin(), sorted.end(),
                         [&](const auto* a, const auto* b) { return place(a) < place(b); });
        return sorted;
    }

    void add_input(milliseconds until) {
        for (; added_ < input_length_ && static_cast<int64_t>(added_) * test_.interval <= until; ++added_) {
            const auto at = static_cast<int64_t>(added_) * test_.interval;
            for (const auto& series : test_.series) {
                if (added_ < series.values.size() && series.values[added_]) {
                    storage_.add(series.labels, at.count(), *series.values[added_]);
                }
            }
        }
    }

    bool evaluate(milliseconds at) {
        bool is_whole = true;
        for (auto& one : rules_) {
            const auto samples = one.evaluate(storage_, WallTime{at}, options_);
            if (!samples) {
                is_whole = false;
                fail_at(TestFailure::Kind::evaluation, test_.line, one.rule->name, at, samples.error().message);
                continue;
            }
            write(one, *samples, at);
        }
        return is_whole;
    }

    void write(RunningRule& rule, const std::vector<RecordedSample>& samples, milliseconds at) {
        std::set<Labels> written;
        for (const auto& sample : samples) {
            storage_.add(sample.labels, at.count(), sample.value);
            written.insert(sample.labels);
        }
        for (const auto& labels : rule.written) {
            if (!written.contains(labels)) {
                storage_.add(labels, at.count(), stale_marker);
            }
        }
        rule.written = std::move(written);
    }

    // Those that are asked for before the next step.
    void check_alerts(milliseconds at) {
        for (const auto& one : test_.alert_tests) {
            if (one.at < at || one.at >= at + file_.evaluation_interval) {
                continue;
            }
            std::vector<std::string> expected;
            for (auto alert : one.expected) {
                alert.labels["alertname"] = one.alertname;
                expected.push_back(text_of(alert.labels, alert.annotations));
            }
            std::vector<std::string> got;
            for (const auto& rule : rules_) {
                for (const auto& text : rule.alerts&& rule.rule->name == one.alertname ? rule.alerts->firing()
                                                                                       : std::vector<AlertText>()) {
                    got.push_back(text_of(text.labels, text.annotations));
                }
            }
            compare(TestFailure::Kind::alert, one.line, one.alertname, one.at, std::move(expected), std::move(got));
        }
    }

    void check_expression(const ExpressionTest& one) {
        const auto expression = query::Expression::parse(one.expression);
        if (!expression) {
            return fail_at(TestFailure::Kind::expression, one.line, one.expression, one.at,
                           query::to_error(expression.error(), one.expression).message);
        }
        if (expression->type() != query::ValueType::vector && expression->type() != query::ValueType::scalar) {
            return fail_at(TestFailure::Kind::expression, one.line, one.expression, one.at,
                           "the result is neither an instant vector nor a scalar");
        }
        const auto value = query::evaluate_at(*expression, storage_, WallTime{one.at}, options_);
        if (!value) {
            return fail_at(TestFailure::Kind::expression, one.line, one.expression, one.at, value.error().message);
        }
        std::vector<std::string> expected;
        for (const auto& sample : one.expected) {
            const auto labels = parse_metric(sample.labels);
            if (!labels) {
                return fail_at(TestFailure::Kind::expression, one.line, one.expression, one.at,
                               fmt::format("labels {}: {}", query::quoted(sample.labels), labels.error().message));
            }
            expected.push_back(text_of(*labels, sample.value));
        }
        std::vector<std::string> got;
        for (const auto& series : value->series) {
            got.push_back(text_of(labels_of(series), series.samples.front().value));
        }
        compare(TestFailure::Kind::expression, one.line, one.expression, one.at, std::move(expected), std::move(got));
    }

    void compare(TestFailure::Kind kind, int line, const std::string& subject, milliseconds at,
                 std::vector<std::string> expected, std::vector<std::string> got) {
        ++result_.checks;
        std::sort(expected.begin(), expected.end());
        std::sort(got.begin(), got.end());
        if (expected != got) {
            result_.failures.push_back({kind, test_.name, line, subject, at, std::move(expected), std::move(got), ""});
        }
    }

    void fail_at(TestFailure::Kind kind, int line, const std::string& subject, milliseconds at, std::string problem) {
        result_.checks += kind == TestFailure::Kind::evaluation ? 0 : 1;
        result_.failures.push_back({kind, test_.name, line, subject, at, {}, {}, std::move(problem)});
    }

    const TestCase& test_;
    const TestFile& file_;
    TestResult& result_;
    const TemplateWorld world_;
    query::Options options_;
    TestStorage storage_;
    std::vector<RunningRule> rules_;
    size_t input_length_ = 0;
    size_t added_ = 0;  // intervals whose input is in the storage
};

}  // namespace

TestResult run_tests(const TestFile& file, const std::vector<RuleGroup>& groups) {
    TestResult result;
    for (const auto& test : file.tests) {
        Run(test, file, groups, result).run();
    }
    return result;
}

}  // namespace vigie::controller::rules

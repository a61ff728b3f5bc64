#include "controller/rules/group_evaluation.hpp"

#include "controller/rules/alert_check.hpp"
#include "controller/rules/locality.hpp"
#include "controller/rules/overlay_source.hpp"

namespace vigie::controller::rules {
namespace {

MonoTime now_of(const query::Options& options) {
    return options.clock == nullptr ? MonoTime{} : options.clock->mono();
}

class Evaluation {
  public:
    Evaluation(const RuleGroup& group, WallTime at, const GroupWorld& world)
        : group_(group), at_(at), world_(world), overlay_(unix_ms(at)) {}

    RuleOutcome evaluate(const Rule& rule) {
        const auto began = now_of(world_.options);
        RuleOutcome out{.rule = &rule};
        if (rule.is_alerting()) {
            judge_alerts(rule, out);
        } else {
            record_series(rule, out);
        }
        out.took = now_of(world_.options) - began;
        return out;
    }

  private:
    // A source serves one expression: each of those of an alerting rule has its own.
    class Sources final : public query::SeriesSource {
      public:
        Sources(Evaluation& evaluation, const Rule& rule) {
            add(evaluation, rule.expression);
            if (rule.presence) {
                add(evaluation, rule.presence->expression);
            }
            if (rule.clear) {
                add(evaluation, *rule.clear);
            }
        }
        Result<std::vector<query::SeriesSamples>> select(const query::Selection& selection) override {
            for (auto& one : all_) {
                if (one.matchers.contains(&selection.matchers)) {
                    return one.over->select(selection);
                }
            }
            return std::vector<query::SeriesSamples>{};
        }

      private:
        struct One {
            std::set<const std::vector<query::Matcher>*> matchers;
            std::unique_ptr<query::SeriesSource> below;
            std::unique_ptr<OverlaySource> over;
        };
        void add(Evaluation& evaluation, const query::Expression& expression);
        std::vector<One> all_;
    };

    void judge_alerts(const Rule& rule, RuleOutcome& out) {
        Sources sources(*this, rule);
        out.verdicts = judge(rule, sources, at_, world_.may_have_alerts(rule), world_.options);
        refuse_unfit(out.verdicts, group_.limit, world_.templates);
        out.failure = out.verdicts.failure;
    }

    void record_series(const Rule& rule, RuleOutcome& out) {
        Sources sources(*this, rule);
        auto recorded = record(rule, sources, at_, group_.limit, world_.options);
        if (!recorded) {
            out.failure = std::move(recorded.error().message);
            return;
        }
        out.recorded = std::move(*recorded);
        for (const auto& sample : out.recorded) {
            overlay_.add(sample.labels, sample.value);
        }
    }

    const RuleGroup& group_;
    const WallTime at_;
    const GroupWorld& world_;
    Overlay overlay_;
};

void Evaluation::Sources::add(Evaluation& evaluation, const query::Expression& expression) {
    auto below = evaluation.world_.source_of(expression);
    auto over = std::make_unique<OverlaySource>(*below, evaluation.overlay_);
    std::set<const std::vector<query::Matcher>*> matchers;
    for (const auto* selector : selectors_of(expression.root())) {
        matchers.insert(&selector->matchers);
    }
    all_.push_back({std::move(matchers), std::move(below), std::move(over)});
}

}  // namespace

GroupOutcome evaluate_group(const RuleSet& rules, size_t group, WallTime at, const GroupWorld& world) {
    GroupOutcome out{.group = group, .at = at};
    const auto began = now_of(world.options);
    Evaluation evaluation(rules.groups()[group], at, world);
    for (const auto* rule : rules.evaluated_rules(group)) {
        out.rules.push_back(evaluation.evaluate(*rule));
    }
    out.took = now_of(world.options) - began;
    return out;
}

}  // namespace vigie::controller::rules

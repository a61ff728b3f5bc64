// An alerting rule in a unit test. It counts as in Prometheus: a series that is missing is no alert any more. (In a
// running controller a gap never ends an alert: controller/alerts.)
#pragma once
#include "controller/rules/alert_text.hpp"
#include "controller/rules/recording.hpp"

namespace vigie::controller::rules {

class TestedRule {
  public:
    // Keeps the references.
    TestedRule(const Rule& rule, int64_t limit, const TemplateWorld& world)
        : rule_(rule), limit_(limit), world_(world) {}

    // The series ALERTS and ALERTS_FOR_STATE that Prometheus writes of it.
    Result<std::vector<RecordedSample>> evaluate(query::SeriesSource& source, WallTime at,
                                                 const query::Options& options);

    const std::string& name() const { return rule_.name; }
    std::vector<AlertText> firing() const;  // by their labels

  private:
    struct Alert {
        AlertText text;
        WallTime active_at{};
        bool is_firing = false;
        std::optional<WallTime> false_since{};
    };
    void step(Alert& alert, bool is_true, WallTime at, bool& is_over) const;

    const Rule& rule_;
    const int64_t limit_;
    const TemplateWorld& world_;
    std::map<Labels, Alert> active_;  // by their own labels
};

}  // namespace vigie::controller::rules

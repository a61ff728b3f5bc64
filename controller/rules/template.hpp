// Templates of labels and annotations: text with {{ … }}, Go's text/template as Prometheus uses it
// (https://prometheus.io/docs/prometheus/2.42/configuration/template_reference/): $labels, $value, $externalLabels,
// $externalURL, pipelines, variables, if, with, range over labels, and the functions that need no query. What it has
// not (query and what works on its results, define, template, break, continue) is refused by name when it is read.
// Messages have Alertmanager's (https://prometheus.io/docs/alerting/0.25/notifications/): other data, with methods and
// lists, and `define` and `template`.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "controller/query/labels.hpp"
#include "controller/query/lexer.hpp"
#include "controller/rules/template_tree.hpp"
#include "controller/rules/template_values.hpp"

namespace vigie::controller::rules {

using query::Labels;

// What templates see besides their alert.
struct TemplateWorld {
    Labels external_labels{};
    std::string external_url{};
};
struct TemplateInput {
    const Labels& labels;
    double value;
    const TemplateWorld& world;
};

// What a value becomes where it is printed; the template's own text stays as it is. nullptr: nothing else.
using Escape = std::string (*)(std::string_view);

// Immutable and cheap to copy.
class Template {
  public:
    // The error's offset lies inside of the text. unsupported names the construct.
    static query::Parsed<Template> parse(std::string_view text,
                                         templates::Dialect dialect = templates::Dialect::prometheus);
    // Text that is no template.
    static Template plain(std::string_view text);

    // not_found when there is no such field, malformed when a function can't take its argument, too_large when the text
    // grows beyond all measure.
    Result<std::string> expand(const TemplateInput& input) const;
    // Of Alertmanager's dialect: the data are `.`, and what stands in `definitions` can be included. Of a text that is
    // too long or takes too many steps the beginning, and "…": there are alerts in it.
    Result<std::string> expand(const templates::Fields& data, const templates::Definitions& definitions,
                               Escape escape) const;
    // The name of a template that this one includes, itself or through others, and that is not there.
    std::optional<std::string> missing_in(const templates::Definitions& definitions) const;
    const std::string& text() const { return text_; }

  private:
    explicit Template(std::string_view text) : text_(text) {}

    std::string text_;
    // Shared by copies, which read it only; null of plain text.
    std::shared_ptr<const templates::Block> block_;
};

}  // namespace vigie::controller::rules

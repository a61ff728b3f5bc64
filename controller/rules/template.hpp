// Templates of labels and annotations: text with {{ … }}, Go's text/template as Prometheus uses it
// (https://prometheus.io/docs/prometheus/2.42/configuration/template_reference/): $labels, $value, $externalLabels,
// $externalURL, pipelines, variables, if, with, range over labels, and the functions that need no query. What it has
// not (query and what works on its results, define, template, break, continue) is refused by name when it is read.
#pragma once
#include <memory>
#include <string>

#include "controller/query/labels.hpp"
#include "controller/query/lexer.hpp"

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

namespace templates {
struct Block;
}

// Immutable and cheap to copy.
class Template {
  public:
    // The error's offset lies inside of the text. unsupported names the construct.
    static query::Parsed<Template> parse(std::string_view text);
    // Text that is no template.
    static Template plain(std::string_view text);

    // not_found when there is no such field, malformed when a function can't take its argument, too_large when the text
    // grows beyond all measure.
    Result<std::string> expand(const TemplateInput& input) const;
    const std::string& text() const { return text_; }

  private:
    explicit Template(std::string_view text) : text_(text) {}

    std::string text_;
    // Shared by copies, which read it only; null of plain text.
    std::shared_ptr<const templates::Block> block_;
};

}  // namespace vigie::controller::rules

// A few series, and what a query answers about them, as text. Times are seconds since 1970.
#pragma once
#include <bit>

#include "controller/query/engine.hpp"
#include "controller/query/literals.hpp"
#include "controller/query/memory_source.hpp"

namespace vigie::tests {

namespace query = controller::query;

class Asked {
  public:
    // A sample each `interval` seconds from `start` on.
    Asked& add(const query::Labels& labels, const std::vector<double>& values, int64_t start = 0,
               int64_t interval = 10) {
        std::vector<int64_t> times;
        for (size_t i = 0; i < values.size(); ++i) {
            times.push_back((start + static_cast<int64_t>(i) * interval) * 1000);
        }
        source_.add(labels, times, values);
        return *this;
    }

    // `name{label="value"} value` of each series, or the value of a scalar, separated by "; "; or the error.
    std::string at(const std::string& text, int64_t seconds, const query::Options& options = {}) {
        return answer(text, [&](const auto& expression) {
            return query::evaluate_at(expression, source_, wall_from_unix_ms(seconds * 1000), options);
        });
    }
    // `name{label="value"} seconds:value seconds:value` of each series.
    std::string over(const std::string& text, int64_t from, int64_t to, int64_t step,
                     const query::Options& options = {}) {
        return answer(text, [&](const auto& expression) {
            return query::evaluate_over(expression, source_, wall_from_unix_ms(from * 1000),
                                        wall_from_unix_ms(to * 1000), milliseconds(step * 1000), options);
        });
    }

    query::MemorySource& source() { return source_; }

  private:
    template <typename Evaluate>
    std::string answer(const std::string& text, Evaluate evaluate) {
        const auto expression = query::Expression::parse(text);
        if (!expression) {
            return query::to_error(expression.error(), text).message;
        }
        const auto value = evaluate(*expression);
        return value ? shown(*value) : value.error().message;
    }

    static std::string shown(const query::Value& value) {
        if (value.type == query::ValueType::string) {
            return value.text;
        }
        std::vector<std::string> lines;
        for (const auto& series : value.series) {
            std::string line = labels_of(series);
            for (const auto& sample : series.samples) {
                const auto number = query::number_text(sample.value);
                line += line.empty() ? "" : " ";
                line += value.type == query::ValueType::matrix ? fmt::format("{}:{}", sample.unix_ms / 1000, number)
                                                               : number;
            }
            lines.push_back(line);
        }
        return fmt::format("{}", fmt::join(lines, "; "));
    }

    static std::string labels_of(const query::ValueSeries& series) {
        std::string name;
        std::vector<std::string> labels;
        for (const auto& [label, text] : series.labels) {
            label == query::metric_name_label ? name = text : labels.emplace_back(label + "=" + query::quoted(text));
        }
        return name + (labels.empty() ? "" : fmt::format("{{{}}}", fmt::join(labels, ",")));
    }

    query::MemorySource source_;
};

inline const double stale = std::bit_cast<double>(query::stale_bits);

}  // namespace vigie::tests

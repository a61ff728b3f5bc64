#include "tests/judges/promql/samples.hpp"

#include <bit>
#include <cmath>

#include "controller/query/lexer.hpp"
#include "controller/query/literals.hpp"

namespace vigie::judges {
namespace {

namespace query = controller::query;

struct Series {
    std::vector<int64_t> times_ms;
    std::vector<double> values;
};

// The labels are spelled as in PromQL, so its tokens serve.
Result<query::Labels> labels_of(std::string_view text) {
    auto tokens = query::scan(text);
    if (!tokens) {
        return fail(query::to_error(tokens.error(), text));
    }
    query::Labels labels{{query::metric_name_label, tokens->front().text}};
    for (size_t i = 2; i + 3 < tokens->size(); i += 4) {  // name { label = value , label = value }
        labels[(*tokens)[i].text] = (*tokens)[i + 2].text;
    }
    return labels;
}

}  // namespace

Result<void> read_samples(std::istream& in, query::MemorySource& to) {
    std::map<std::string, Series> all;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with('#')) {
            continue;
        }
        const auto time_at = line.rfind(' ');
        const auto value_at = time_at == std::string::npos ? time_at : line.rfind(' ', time_at - 1);
        if (value_at == std::string::npos) {
            return fail(ErrorCode::malformed, "not a sample: {}", line);
        }
        const auto value = line.substr(value_at + 1, time_at - value_at - 1);
        const auto number =
            value == "stale" ? std::optional(std::bit_cast<double>(query::stale_bits)) : query::label_number(value);
        const auto seconds = query::label_number(line.substr(time_at + 1));
        if (!number || !seconds) {
            return fail(ErrorCode::malformed, "not a sample: {}", line);
        }
        auto& series = all[line.substr(0, value_at)];
        series.times_ms.push_back(std::llround(*seconds * 1000));
        series.values.push_back(*number);
    }
    for (auto& [text, series] : all) {
        VIGIE_TRY(const auto labels, labels_of(text));
        to.add(labels, std::move(series.times_ms), std::move(series.values));
    }
    return {};
}

}  // namespace vigie::judges

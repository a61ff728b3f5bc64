// Prometheus's form of values: https://prometheus.io/docs/prometheus/2.42/querying/api/#expression-query-result-formats
#include "controller/app/query_answer.hpp"

#include "controller/operator/requests.hpp"
#include "controller/query/literals.hpp"
#include "controller/series/store_source.hpp"

namespace vigie::controller {
namespace {

std::string json_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Seconds since 1970, with three digits behind the point unless they are whole.
void put_time(std::string& out, int64_t unix_ms) {
    const auto size = std::abs(unix_ms);
    fmt::format_to(std::back_inserter(out), "{}{}", unix_ms < 0 ? "-" : "", size / 1000);
    if (size % 1000 != 0) {
        fmt::format_to(std::back_inserter(out), ".{:03}", size % 1000);
    }
}

void put_sample(std::string& out, const query::Sample& sample) {
    out += '[';
    put_time(out, sample.unix_ms);
    out += ",\"";
    out += query::plain_number_text(sample.value);
    out += "\"]";
}

void put_series(std::string& out, const query::ValueSeries& series, bool is_matrix) {
    auto labels = Json::object();
    for (const auto& [name, value] : series.labels) {
        labels[name] = value;
    }
    out += R"({"metric":)" + json_text(labels) + (is_matrix ? R"(,"values":[)" : R"(,"value":)");
    for (size_t i = 0; i < series.samples.size(); ++i) {
        out += i == 0 ? "" : ",";
        put_sample(out, series.samples[i]);
    }
    out += is_matrix ? "]}" : "}";
}

Result<void> check_size(const query::Value& value, size_t results_max) {
    size_t samples = 0;
    for (const auto& series : value.series) {
        samples += series.samples.size();
    }
    if (samples > results_max) {
        return fail(ErrorCode::too_large,
                    "the answer has {} samples, more than {}: aggregate, select fewer series, a shorter time or a "
                    "larger step",
                    samples, results_max);
    }
    return {};
}

Result<std::string> evaluate(const StateStore& store, const Clock& clock, const QueryWish& wish,
                             const QueryLimits& limits, const std::atomic<bool>& cancelled) {
    const auto expression = query::Expression::parse(wish.expr);
    if (!expression) {
        return fail(query::to_error(expression.error(), wish.expr));
    }
    const query::Options options{.limits = {.samples_max = limits.samples_max, .time_max = wish.timeout},
                                 .clock = &clock,
                                 .cancelled = &cancelled};
    // One for what is read and, in the engine, one for what is computed. They begin at the same time.
    query::Budget reading(options.limits, &clock, &cancelled);
    const bool is_range = wish.since.count() > 0;
    const auto from = wish.at - wish.since;
    StoreSource source(store, query::needs_of(*expression, from, wish.at, wish.step, options), reading,
                       limits.series_max);
    VIGIE_TRY(const auto value, is_range ? query::evaluate_over(*expression, source, from, wish.at, wish.step, options)
                                         : query::evaluate_at(*expression, source, wish.at, options));
    VIGIE_CHECK(check_size(value, limits.results_max));
    return api_result(value, wish.at);
}

}  // namespace

std::string api_result(const query::Value& value, WallTime at) {
    std::string out = fmt::format(R"({{"resultType":"{}","result":)", query::api_name_of(value.type));
    switch (value.type) {
        case query::ValueType::string:
            out += '[';
            put_time(out, unix_ms(at));
            out += "," + json_text(value.text) + "]";
            break;
        case query::ValueType::scalar:
            put_sample(out, value.series.front().samples.front());
            break;
        default:
            out += '[';
            for (size_t i = 0; i < value.series.size(); ++i) {
                out += i == 0 ? "" : ",";
                put_series(out, value.series[i], value.type == query::ValueType::matrix);
            }
            out += ']';
    }
    return out + "}";
}

std::string answer_query(const StateStore& store, const Clock& clock, const QueryWish& wish, const QueryLimits& limits,
                         const std::atomic<bool>& cancelled) {
    auto result = evaluate(store, clock, wish, limits, cancelled);
    if (result) {
        return R"({"result":)" + *result + "}";
    }
    // A limit of ours like the others: `timed_out` would say that the controller does not answer.
    if (result.error().code == ErrorCode::timed_out) {
        result.error().code = ErrorCode::too_large;
    }
    return encode_answer(fail(std::move(result.error())));
}

}  // namespace vigie::controller

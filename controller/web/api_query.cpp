// query, query_range, query_exemplars, format_query.
#include "controller/query/expression.hpp"
#include "controller/web/prometheus_api.hpp"
#include "controller/web/value_json.hpp"

namespace vigie::controller::web {
namespace {

// As many points in a series as Prometheus gives: a week by the minute, or a year by the hour.
constexpr int64_t points_max = 11'000;

ApiResult<query::Expression> expression_of(const Form& form, std::string_view before) {
    std::string text(form.first("query"));
    auto expression = query::Expression::parse(text);
    if (!expression) {
        return refuse(ApiErrorKind::bad_data, "{}{}", before, query::to_error(expression.error(), text).message);
    }
    return std::move(*expression);
}

ApiResult<milliseconds> step_of(const Form& form, WallTime from, WallTime to) {
    const auto step = duration_of(form, "step");
    if (!step) {
        return tl::unexpected(step.error());
    }
    if (step->count() <= 0) {
        return refuse(
            ApiErrorKind::bad_data,
            "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a "
            "positive integer");
    }
    // In floating point, as a client may ask for all of time; both are far from its end.
    const auto length_ns = static_cast<double>((to - from).count()) * 1e6;
    if (length_ns / static_cast<double>(step->count()) >= static_cast<double>(points_max + 1)) {
        return refuse(
            ApiErrorKind::bad_data,
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
            "(?step=XX)");
    }
    const auto step_ms = std::chrono::floor<milliseconds>(*step);
    if (step_ms.count() == 0) {
        return refuse(ApiErrorKind::bad_data, "invalid parameter \"step\": a step has a millisecond at least");
    }
    return step_ms;
}

ApiResult<QueryTimes> range_times(const Form& form) {
    const auto from = time_of(form, "start");
    if (!from) {
        return tl::unexpected(from.error());
    }
    const auto to = time_of(form, "end");
    if (!to) {
        return tl::unexpected(to.error());
    }
    if (*to < *from) {
        return refuse(ApiErrorKind::bad_data, "invalid parameter \"end\": end timestamp must not be before start time");
    }
    const auto step = step_of(form, *from, *to);
    if (!step) {
        return tl::unexpected(step.error());
    }
    return QueryTimes{.from = *from, .to = *to, .step = *step};
}

}  // namespace

ApiResult<milliseconds> PrometheusApi::time_allowed(const ApiCall& call) const {
    auto allowed = limits_.time_max;
    if (!call.form.first("timeout").empty()) {
        const auto asked = duration_of(call.form, "timeout");
        if (!asked) {
            return tl::unexpected(asked.error());
        }
        allowed = std::min(allowed, std::chrono::floor<milliseconds>(*asked));
    }
    return allowed;
}

ApiResult<HttpResponse> PrometheusApi::evaluate(const query::Expression& expression, const QueryTimes& times,
                                                milliseconds allowed, const ApiCall& call,
                                                const Cancelled& cancelled) const {
    const auto left = allowed - std::chrono::floor<milliseconds>(clock_.mono() - call.taken_at);
    if (left.count() <= 0) {
        return refuse(ApiErrorKind::timeout, "query timed out in query queue: it may take {}",
                      format_duration(allowed));
    }
    const auto value = evaluate_stored(store_, expression, times, limits_.query,
                                       {.clock = clock_, .cancelled = cancelled, .time_max = left});
    if (!value) {
        return tl::unexpected(execution_error(value.error()));
    }
    return success_response(result_json(*value, times.to));
}

ApiResult<HttpResponse> PrometheusApi::query(const ApiCall& call, const Cancelled& cancelled) const {
    const auto at = time_or(call.form, "time", clock_.wall());
    if (!at) {
        return tl::unexpected(at.error());
    }
    const auto allowed = time_allowed(call);
    if (!allowed) {
        return tl::unexpected(allowed.error());
    }
    const auto expression = expression_of(call.form, "invalid parameter \"query\": ");
    if (!expression) {
        return tl::unexpected(expression.error());
    }
    return evaluate(*expression, {.from = *at, .to = *at}, *allowed, call, cancelled);
}

ApiResult<HttpResponse> PrometheusApi::query_range(const ApiCall& call, const Cancelled& cancelled) const {
    const auto times = range_times(call.form);
    if (!times) {
        return tl::unexpected(times.error());
    }
    const auto allowed = time_allowed(call);
    if (!allowed) {
        return tl::unexpected(allowed.error());
    }
    const auto expression = expression_of(call.form, "");
    if (!expression) {
        return tl::unexpected(expression.error());
    }
    if (expression->type() != query::ValueType::scalar && expression->type() != query::ValueType::vector) {
        return refuse(ApiErrorKind::bad_data,
                      "invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
                      query::name_of(expression->type()));
    }
    return evaluate(*expression, *times, *allowed, call, cancelled);
}

// None are stored: what agents measure has no traces.
ApiResult<HttpResponse> PrometheusApi::query_exemplars(const ApiCall& call, const Cancelled&) const {
    const auto range = range_of(call.form);
    if (!range) {
        return tl::unexpected(range.error());
    }
    if (range->to < range->from) {
        return refuse(ApiErrorKind::bad_data, "end timestamp must not be before start timestamp");
    }
    const auto expression = expression_of(call.form, "");
    if (!expression) {
        return tl::unexpected(expression.error());
    }
    if (query::needs_of(*expression, {}, {}, 0ms).empty()) {
        return HttpResponse{.status = 204, .content_type = ""};
    }
    return success_response("[]");
}

ApiResult<HttpResponse> PrometheusApi::format_query(const ApiCall& call, const Cancelled&) const {
    const auto expression = expression_of(call.form, "invalid parameter \"query\": ");
    if (!expression) {
        return tl::unexpected(expression.error());
    }
    std::string text;
    put_json_text(text, query::print(expression->root()));
    return success_response(text);
}

}  // namespace vigie::controller::web

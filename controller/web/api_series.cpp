// series, labels, label/<name>/values, metadata, status/buildinfo.
#include <charconv>

#include "controller/query/series_labels.hpp"
#include "controller/series/listing.hpp"
#include "controller/web/metric_names.hpp"
#include "controller/web/prometheus_api.hpp"

namespace vigie::controller::web {
namespace {

std::string json_of(const std::vector<LabelSet>& series) {
    std::string out = "[";
    for (const auto& labels : series) {
        out += out.size() == 1 ? "{" : ",{";
        for (const auto& [name, value] : labels) {
            out += out.back() == '{' ? "" : ",";
            put_json_text(out, name);
            out += ':';
            put_json_text(out, value);
        }
        out += '}';
    }
    return out + "]";
}

// Of Go's Atoi.
ApiResult<std::optional<int64_t>> limit_of(const Form& form) {
    auto text = form.first("limit");
    if (text.empty()) {
        return std::optional<int64_t>();
    }
    text.remove_prefix(text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return refuse(ApiErrorKind::bad_data, "limit must be a number");
    }
    return number < 0 ? std::optional<int64_t>() : std::optional(number);
}

void put_meta(std::string& out, std::string_view name) {
    const auto meta = meta_of(name);
    put_json_text(out, name);
    out += R"(:[{"type":)";
    put_json_text(out, meta.type);
    out += R"(,"help":)";
    put_json_text(out, meta.help);
    out += R"(,"unit":)";
    put_json_text(out, meta.unit);
    out += "}]";
}

}  // namespace

// Reads the parameters that listings share and lets `write` answer.
template <typename List>
ApiResult<HttpResponse> PrometheusApi::list(const ApiCall& call, const Cancelled& cancelled, const List& write) const {
    const auto range = range_of(call.form);
    if (!range) {
        return tl::unexpected(range.error());
    }
    const auto selectors = selectors_of(call.form);
    if (!selectors) {
        return tl::unexpected(selectors.error());
    }
    const auto left = limits_.time_max - std::chrono::floor<milliseconds>(clock_.mono() - call.taken_at);
    if (left.count() <= 0) {
        return refuse(ApiErrorKind::timeout, "the request waited too long for its turn: ask again");
    }
    query::Budget budget({.samples_max = limits_.query.samples_max, .time_max = left}, &clock_, &cancelled);
    const Listed listed{.selectors = *selectors, .from = range->from, .to = range->to, .is_timed = !range->is_all};
    const SelectLimits limits{.series_max = limits_.query.series_max, .budget = &budget};
    const Result<HttpResponse> response = write(listed, limits);
    return response ? ApiResult<HttpResponse>(*response) : tl::unexpected(execution_error(response.error()));
}

ApiResult<HttpResponse> PrometheusApi::series(const ApiCall& call, const Cancelled& cancelled) const {
    if (!call.form.problem.empty()) {
        return refuse(ApiErrorKind::bad_data, "error parsing form values: {}", call.form.problem);
    }
    if (call.form.all("match[]").empty()) {
        return refuse(ApiErrorKind::bad_data, "no match[] parameter provided");
    }
    return list(call, cancelled, [this](const Listed& listed, const SelectLimits& limits) -> Result<HttpResponse> {
        VIGIE_TRY(const auto found, list_series(store_, listed, limits));
        return success_response(json_of(found));
    });
}

ApiResult<HttpResponse> PrometheusApi::labels(const ApiCall& call, const Cancelled& cancelled) const {
    return list(call, cancelled, [this](const Listed& listed, const SelectLimits& limits) -> Result<HttpResponse> {
        VIGIE_TRY(const auto names, list_label_names(store_, listed, limits_.names_max, limits));
        return success_response(json_list(names));
    });
}

ApiResult<HttpResponse> PrometheusApi::label_values(const ApiCall& call, const Cancelled& cancelled) const {
    if (!query::is_label_name(call.label)) {
        std::string shown;
        put_json_text(shown, call.label);
        return refuse(ApiErrorKind::bad_data, "invalid label name: {}", shown);
    }
    return list(call, cancelled, [&](const Listed& listed, const SelectLimits& limits) -> Result<HttpResponse> {
        VIGIE_TRY(const auto values, list_label_values(store_, call.label, listed, limits_.names_max, limits));
        return success_response(json_list(values));
    });
}

ApiResult<HttpResponse> PrometheusApi::metadata(const ApiCall& call, const Cancelled& cancelled) const {
    const auto limit = limit_of(call.form);
    if (!limit) {
        return tl::unexpected(limit.error());
    }
    const auto wanted = call.form.first("metric");
    // Selectors and times mean nothing here, as in Prometheus.
    const ApiCall all{.form = {}, .label = {}, .taken_at = call.taken_at};
    return list(all, cancelled, [&](const Listed& listed, const SelectLimits& limits) -> Result<HttpResponse> {
        VIGIE_TRY(const auto names,
                  list_label_values(store_, query::metric_name_label, listed, limits_.names_max, limits));
        std::string out = "{";
        int64_t count = 0;
        for (const auto& name : names) {
            if (!wanted.empty() && name != wanted) {
                continue;
            }
            if (*limit && count >= **limit) {
                break;
            }
            out += count++ == 0 ? "" : ",";
            put_meta(out, name);
        }
        return success_response(out + "}");
    });
}

// Clients look at the version to know what they may ask: it is that of the API which is spoken here.
ApiResult<HttpResponse> PrometheusApi::build_info(const ApiCall&, const Cancelled&) const {
    return success_response(R"({"version":"2.42.0","revision":"vigie )" VIGIE_VERSION
                            R"(","branch":"","buildUser":"","buildDate":"","goVersion":""})");
}

}  // namespace vigie::controller::web

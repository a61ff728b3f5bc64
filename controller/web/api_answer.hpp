// The envelope of Prometheus' HTTP API (https://prometheus.io/docs/prometheus/2.42/querying/api/#format-overview).
#pragma once
#include <tl/expected.hpp>

#include "controller/web/http_message.hpp"
#include "shared/core/error.hpp"

namespace vigie::controller::web {

// Prometheus' error types and their status codes, and those that it leaves to HTTP.
enum class ApiErrorKind {
    bad_data,      // 400
    unauthorized,  // 401
    not_found,     // 404
    bad_method,    // 405
    too_large,     // 413
    misdirected,   // 421
    execution,     // 422
    internal,      // 500
    canceled,      // 503
    timeout,       // 503
    unavailable,   // 503
};
// As it stands in errorType.
std::string_view name_of(ApiErrorKind kind);
int status_of(ApiErrorKind kind);

struct ApiError {
    ApiErrorKind kind;
    std::string message;
    std::vector<HttpResponse::Header> headers{};  // what a client needs beside the words
};
template <typename T>
using ApiResult = tl::expected<T, ApiError>;

template <typename... Args>
[[nodiscard]] tl::unexpected<ApiError> refuse(ApiErrorKind kind, fmt::format_string<Args...> text, Args&&... args) {
    return tl::unexpected<ApiError>(ApiError{kind, fmt::format(text, std::forward<Args>(args)...), {}});
}

// An error of a query that was understood: limits and conflicts are `execution`, the store's own `internal`.
ApiError execution_error(const Error& error);

// {"status":"error","errorType":"…","error":"…"} with its status code.
HttpResponse error_response(const ApiError& error);
// {"status":"success","data":…} around JSON that is written already.
HttpResponse success_response(std::string_view data);

// Text as a JSON string, quotes and all; bytes that are not UTF-8 become U+FFFD.
void put_json_text(std::string& out, std::string_view text);
// ["a","b"].
std::string json_list(const std::vector<std::string>& texts);

}  // namespace vigie::controller::web

#include "controller/web/api_answer.hpp"

#include <nlohmann/json.hpp>

namespace vigie::controller::web {

std::string_view name_of(ApiErrorKind kind) {
    switch (kind) {
        case ApiErrorKind::bad_data:
        case ApiErrorKind::too_large:
            return "bad_data";
        case ApiErrorKind::unauthorized:
            return "unauthorized";
        case ApiErrorKind::not_found:
            return "not_found";
        case ApiErrorKind::bad_method:
            return "method_not_allowed";
        case ApiErrorKind::misdirected:
            return "misdirected";
        case ApiErrorKind::execution:
            return "execution";
        case ApiErrorKind::internal:
            return "internal";
        case ApiErrorKind::canceled:
            return "canceled";
        case ApiErrorKind::timeout:
            return "timeout";
        case ApiErrorKind::unavailable:
            return "unavailable";
    }
    return "internal";
}

int status_of(ApiErrorKind kind) {
    switch (kind) {
        case ApiErrorKind::bad_data:
            return 400;
        case ApiErrorKind::unauthorized:
            return 401;
        case ApiErrorKind::not_found:
            return 404;
        case ApiErrorKind::bad_method:
            return 405;
        case ApiErrorKind::too_large:
            return 413;
        case ApiErrorKind::misdirected:
            return 421;
        case ApiErrorKind::execution:
            return 422;
        case ApiErrorKind::internal:
            return 500;
        case ApiErrorKind::canceled:
        case ApiErrorKind::timeout:
        case ApiErrorKind::unavailable:
            return 503;
    }
    return 500;
}

ApiError execution_error(const Error& error) {
    switch (error.code) {
        case ErrorCode::timed_out:
            return {ApiErrorKind::timeout, error.message, {}};
        case ErrorCode::cancelled:
            return {ApiErrorKind::canceled, error.message, {}};
        case ErrorCode::malformed:
        case ErrorCode::unsupported:
        case ErrorCode::conflict:
        case ErrorCode::too_large:
            return {ApiErrorKind::execution, error.message, {}};
        default:
            return {ApiErrorKind::internal, error.message, {}};
    }
}

HttpResponse error_response(const ApiError& error) {
    HttpResponse response;
    response.status = status_of(error.kind);
    response.headers = error.headers;
    response.body = fmt::format(R"({{"status":"error","errorType":"{}","error":)", name_of(error.kind));
    put_json_text(response.body, error.message);
    response.body += '}';
    return response;
}

HttpResponse success_response(std::string_view data) {
    HttpResponse response;
    response.body.reserve(data.size() + 64);
    response.body = R"({"status":"success","data":)";
    response.body += data;
    response.body += '}';
    return response;
}

void put_json_text(std::string& out, std::string_view text) {
    const bool is_plain =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
    if (is_plain) {
        out += '"';
        out += text;
        out += '"';
        return;
    }
    using Json = nlohmann::json;
    out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_list(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const auto& text : texts) {
        out += out.size() == 1 ? "" : ",";
        put_json_text(out, text);
    }
    return out + "]";
}

}  // namespace vigie::controller::web

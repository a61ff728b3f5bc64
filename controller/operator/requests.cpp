// JSON lines to requests and back.
#include "controller/operator/requests.hpp"

namespace vigie::controller {
namespace {

// Bytes of host output or file names need not be UTF-8; they are shown with the replacement character.
std::string to_line(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_or(const Json& object, const char* name, std::string fallback) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : fallback;
}

// A request's own depth is 3: the object, its arguments, one of them that is an object. Copying and writing a value of
// nlohmann's go as deep as it does, so a line of brackets would end the controller's stack.
constexpr int depth_max = 8;

// Discarded when it is no JSON, or deeper.
Json parse_shallow(std::string_view line) {
    bool is_deep = false;
    auto parsed = Json::parse(
        line,
        [&is_deep](int depth, Json::parse_event_t, const Json&) {
            is_deep = is_deep || depth > depth_max;
            return !is_deep;
        },
        false);
    return is_deep ? Json(Json::value_t::discarded) : std::move(parsed);
}

ErrorCode code_of_name(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(ErrorCode::cancelled); ++i) {
        if (name_of(static_cast<ErrorCode>(i)) == name) {
            return static_cast<ErrorCode>(i);
        }
    }
    return ErrorCode::io;
}

}  // namespace

Result<std::string> Request::text(std::string_view name) const {
    const auto found = arguments.find(name);
    if (found == arguments.end() || found->is_null()) {
        return std::string{};
    }
    if (!found->is_string()) {
        return fail(ErrorCode::malformed, "{}: argument '{}' must be text", verb, name);
    }
    return found->get<std::string>();
}

Result<std::string> Request::required_text(std::string_view name) const {
    VIGIE_TRY(auto value, text(name));
    if (value.empty()) {
        return fail(ErrorCode::malformed, "{}: argument '{}' is missing", verb, name);
    }
    return value;
}

Result<bool> Request::flag(std::string_view name) const {
    const auto found = arguments.find(name);
    if (found == arguments.end() || found->is_null()) {
        return false;
    }
    if (!found->is_boolean()) {
        return fail(ErrorCode::malformed, "{}: argument '{}' must be true or false", verb, name);
    }
    return found->get<bool>();
}

Result<int64_t> Request::number(std::string_view name, int64_t fallback) const {
    const auto found = arguments.find(name);
    if (found == arguments.end() || found->is_null()) {
        return fallback;
    }
    if (!found->is_number_integer()) {
        return fail(ErrorCode::malformed, "{}: argument '{}' must be a whole number", verb, name);
    }
    return found->get<int64_t>();
}

Result<std::map<std::string, std::string>> Request::texts(std::string_view name) const {
    std::map<std::string, std::string> values;
    const auto found = arguments.find(name);
    if (found == arguments.end() || found->is_null()) {
        return values;
    }
    if (!found->is_object()) {
        return fail(ErrorCode::malformed, "{}: argument '{}' must be an object", verb, name);
    }
    for (const auto& [key, value] : found->items()) {
        if (!value.is_string()) {
            return fail(ErrorCode::malformed, "{}: '{}' in argument '{}' must be text", verb, key, name);
        }
        values.emplace(key, value.get<std::string>());
    }
    return values;
}

std::string encode_request(const Request& request) {
    return to_line(Json{{"verb", request.verb}, {"arguments", request.arguments}});
}

Result<Request> decode_request(std::string_view line) {
    auto parsed = parse_shallow(line);
    if (!parsed.is_object() || !parsed.contains("verb") || !parsed["verb"].is_string()) {
        return fail(ErrorCode::malformed, "a request is one JSON object a line, with a 'verb', and {} levels at most",
                    depth_max);
    }
    Request request;
    request.verb = parsed["verb"].get<std::string>();
    if (const auto arguments = parsed.find("arguments"); arguments != parsed.end() && !arguments->is_null()) {
        if (!arguments->is_object()) {
            return fail(ErrorCode::malformed, "{}: 'arguments' must be an object", request.verb);
        }
        request.arguments = std::move(*arguments);
    }
    return request;
}

std::string encode_answer(const Result<Json>& answer) {
    if (answer) {
        return "{\"result\":" + to_line(*answer) + "}";  // an answer may have megabytes: not copied into another
    }
    return to_line(
        Json{{"error", {{"code", std::string(name_of(answer.error().code))}, {"message", answer.error().message}}}});
}

Result<Json> decode_answer(std::string_view line) {
    auto parsed = Json::parse(line, nullptr, false);
    if (parsed.is_object() && parsed.contains("result")) {
        return std::move(parsed["result"]);
    }
    if (parsed.is_object() && parsed.contains("error") && parsed["error"].is_object()) {
        const auto& error = parsed["error"];
        return fail(Error{code_of_name(text_or(error, "code", "io")), text_or(error, "message", "no message")});
    }
    return fail(ErrorCode::unsupported, "the controller's answer is not one of ours");
}

}  // namespace vigie::controller

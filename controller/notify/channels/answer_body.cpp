#include "controller/notify/channels/answer_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::json;

// A day: more is a mistake of the service's.
constexpr double seconds_max = 86'400;

std::optional<milliseconds> duration_at(const Json& object, const char* key, double unit_s) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number()) {
        return std::nullopt;
    }
    const auto seconds = found->get<double>() * unit_s;
    if (!(seconds > 0)) {
        return std::nullopt;
    }
    return milliseconds(static_cast<int64_t>(std::ceil(std::min(seconds, seconds_max) * 1000)));
}

bool is_code(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

// Slack's own troubles, and too many messages (https://api.slack.com/methods/chat.postMessage#errors).
bool is_passing(std::string_view code) {
    constexpr std::array codes{"ratelimited", "rate_limited",        "internal_error",
                               "fatal_error", "service_unavailable", "request_timeout"};
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

AnswerBody parse_answer_body(std::string_view body) {
    AnswerBody said;
    const auto json = Json::parse(body, nullptr, false);
    if (!json.is_object()) {
        return said;
    }
    said.retry_after = duration_at(json, "retry_after", 1);  // Discord: seconds with a fraction
    if (!said.retry_after) {
        said.retry_after = duration_at(json, "retry_after_ms", 0.001);  // Matrix
    }
    if (const auto parameters = json.find("parameters"); parameters != json.end() && parameters->is_object()) {
        said.retry_after = duration_at(*parameters, "retry_after", 1);  // Telegram
    }
    if (const auto ok = json.find("ok"); ok != json.end() && ok->is_boolean() && !ok->get<bool>()) {
        const auto error = json.find("error");
        const auto code = error != json.end() && error->is_string() ? error->get<std::string>() : std::string();
        said.refusal = is_code(code) ? code : "no code";
    }
    return said;
}

void note_answer_body(std::string_view body, Answer& answer) {
    const auto said = parse_answer_body(body);
    if (answer.status == 429 && !answer.retry_after) {
        answer.retry_after = said.retry_after;
    }
    if (answer.status == 200 && !said.refusal.empty()) {
        answer.is_refusal = true;
        answer.problem = fmt::format("refused: {}", said.refusal);
    }
}

void note_slack_answer(std::string_view body, Answer& answer) {
    note_answer_body(body, answer);
    if (answer.status != 200) {
        return;
    }
    auto code = parse_answer_body(body).refusal;
    while (!body.empty() && (body.back() == '\n' || body.back() == '\r')) {
        body.remove_suffix(1);
    }
    if (is_code(body) && (is_passing(body) || body.find('_') != std::string_view::npos)) {
        code = body;
    }
    if (is_passing(code)) {
        answer.is_refusal = false;
        answer.status = 0;
        answer.problem = fmt::format("answered HTTP 200 with {}", code);
    } else if (!code.empty()) {
        answer.is_refusal = true;
        answer.problem = fmt::format("refused: {}", code);
    }
}

}  // namespace vigie::controller::notify

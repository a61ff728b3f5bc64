// Words to a request, a request to a line, and back.
#include "agent/push/push_line.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "agent/series/prometheus_text.hpp"
#include "agent/series/reserved_names.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

// Errors that a registry gives, under their names on the line.
constexpr std::array<ErrorCode, 4> answered_codes{ErrorCode::malformed, ErrorCode::conflict, ErrorCode::too_large,
                                                  ErrorCode::unsupported};

Result<PushKind> kind_in(std::string_view text) {
    if (text == "gauge") {
        return PushKind::gauge;
    }
    if (text == "counter") {
        return PushKind::counter;
    }
    return fail(ErrorCode::malformed, "'{}' is no type: gauge or counter", text.substr(0, 64));
}

// What holds for a request however it came.
Result<PushRequest> checked(PushRequest request) {
    if (!std::isfinite(request.value)) {
        return fail(ErrorCode::malformed, "the value must be a finite number");
    }
    if (request.kind == PushKind::counter && request.value < 0) {
        return fail(ErrorCode::malformed,
                    "{} is negative: what is pushed to a counter is added, and it never goes back", request.value);
    }
    if (request.key.size() > push_key_bytes_max) {
        return fail(ErrorCode::too_large, "name and labels have {} bytes, at most {} are taken", request.key.size(),
                    push_key_bytes_max);
    }
    if (is_reserved_name(std::string_view(request.key).substr(0, request.key.find('{')))) {
        return fail(ErrorCode::conflict, "{} are of Vigie's own series", reserved_names_text);
    }
    return request;
}

Result<std::string> label_text(std::string_view word) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (equals == std::string_view::npos || !is_label_name(name) || name.starts_with("__")) {
        return fail(ErrorCode::malformed,
                    "'{}' is no label: expected NAME=VALUE with letters, digits and _ in the name", word.substr(0, 64));
    }
    if (equals + 1 == word.size()) {
        return fail(ErrorCode::malformed, "the label '{}' has no value: leave it out, or give it one", name);
    }
    std::string text = std::string(name) + "=\"";
    append_escaped(text, word.substr(equals + 1));
    return text + "\"";
}

}  // namespace

Result<PushRequest> make_push_request(std::string_view type, std::string_view name, std::string_view value,
                                      const std::vector<std::string>& labels) {
    PushRequest request;
    VIGIE_TRY(request.kind, kind_in(type));
    if (!is_metric_name(name)) {
        return fail(ErrorCode::malformed, "'{}' is no name of a metric: letters, digits, _ and :, no digit first",
                    name.substr(0, 64));
    }
    const auto number = parse_sample_value(value);
    if (!number) {
        return fail(ErrorCode::malformed, "'{}' is no number", value.substr(0, 64));
    }
    request.value = *number;
    std::string braces;
    for (const auto& word : labels) {
        VIGIE_TRY(const auto label, label_text(word));
        braces += (braces.empty() ? "{" : ",") + label;
    }
    std::string_view rest = braces += braces.empty() ? "" : "}";
    std::vector<ParsedLabel> sorted;
    VIGIE_CHECK(cut_labels(rest, {}, sorted));
    append_key(request.key, name, sorted);
    return checked(std::move(request));
}

std::string write_push_line(const PushRequest& request) {
    return fmt::format("push {} {} {}", request.kind == PushKind::counter ? "counter" : "gauge", request.key,
                       request.value);
}

Result<PushRequest> parse_push_line(std::string_view line) {
    PushRequest request;
    if (cut(line, ' ') != "push") {
        return fail(ErrorCode::unsupported, "this socket takes 'push' only");
    }
    VIGIE_TRY(request.kind, kind_in(cut(line, ' ')));
    ParsedSample sample;
    VIGIE_CHECK(parse_text_line(line, {.may_have_blanks = true, .may_escape_any = false}, sample));
    if (sample.time) {
        return fail(ErrorCode::unsupported, "a push has no time of its own");
    }
    append_key(request.key, sample.name, sample.labels);
    request.value = sample.value;
    return checked(std::move(request));
}

std::string write_push_answer(const Result<void>& outcome) {
    return outcome ? "ok" : fmt::format("error {} {}", name_of(outcome.error().code), outcome.error().message);
}

Result<void> parse_push_answer(std::string_view line) {
    if (line == "ok") {
        return {};
    }
    if (cut(line, ' ') != "error") {
        return fail(ErrorCode::malformed, "the agent's answer can't be read: is it of another version?");
    }
    const auto name = cut(line, ' ');
    const auto known = std::find_if(answered_codes.begin(), answered_codes.end(),
                                    [name](ErrorCode code) { return name_of(code) == name; });
    return fail(known == answered_codes.end() ? ErrorCode::io : *known, "{}", line);
}

}  // namespace vigie::agent

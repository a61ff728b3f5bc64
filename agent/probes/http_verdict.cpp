// Status, body, certificate.
#include <algorithm>

#include "agent/probes/pattern.hpp"
#include "agent/probes/probe_http.hpp"

namespace vigie::agent {
namespace {

// Three weeks are time to renew at leisure, one to hurry; authorities that renew by themselves do so at thirty days.
constexpr milliseconds warning_default = std::chrono::hours{24 * 21};
constexpr milliseconds critical_default = std::chrono::hours{24 * 7};

bool is_status(long status, std::string_view wanted) {
    const auto text = std::to_string(status);
    return wanted.ends_with("xx") ? text.size() == 3 && text[0] == wanted[0] : text == wanted;
}

bool has_wanted_status(const ProbeContext& context, long status) {
    const auto wanted = context.settings.find("status");
    if (wanted == context.settings.end()) {
        return is_status(status, "2xx");
    }
    return std::any_of(wanted->second.begin(), wanted->second.end(),
                       [status](const std::string& one) { return is_status(status, one); });
}

// "" when the body is as it should be.
Result<std::string> trouble_with_body(const ProbeContext& context, const std::string& body) {
    if (const auto wanted = context.text("body_contains"); body.find(wanted) == body.npos) {
        return fmt::format("no '{}' in the body", wanted);
    }
    if (const auto regex = context.text("body_regex"); !regex.empty()) {
        VIGIE_TRY(const auto pattern, Pattern::make(regex));
        return pattern.is_in(body) ? std::string() : fmt::format("nothing in the body matches '{}'", regex);
    }
    return std::string();
}

}  // namespace

ProbeAnswer judge_http(const ProbeContext& context, const HttpAnswer& answer) {
    auto text = fmt::format("{} answers {}", answer.url, answer.status);
    if (!has_wanted_status(context, answer.status)) {
        return critical(text);
    }
    const auto trouble = trouble_with_body(context, answer.body);
    if (!trouble) {
        return unknown(trouble.error());
    }
    if (!trouble->empty()) {
        return critical(fmt::format("{}, but {}", text, *trouble));
    }
    if (!answer.certificate_ends) {
        return good(std::move(text));
    }
    const auto left = *answer.certificate_ends - context.clock.wall();
    text += fmt::format(", its certificate is good until {}", to_rfc3339(*answer.certificate_ends));
    const auto status =
        left < context.duration("certificate_critical").value_or(critical_default) ? CheckStatus::critical
        : left < context.duration("certificate_warning").value_or(warning_default) ? CheckStatus::warning
                                                                                   : CheckStatus::ok;
    return {.status = status, .text = std::move(text), .values = {}};
}

}  // namespace vigie::agent

#include "controller/notify/channel.hpp"

#include <fmt/format.h>

namespace vigie::controller::notify {

Meaning meaning_of(const Answer& answer) {
    const auto status = answer.status;
    if (answer.is_refusal) {
        return Meaning::given_up;
    }
    if (status >= 200 && status < 300) {
        return Meaning::delivered;
    }
    // SMTP's 4xx are for now and its 5xx for good (RFC 5321, 4.2.1); with HTTP it is the other way round.
    const bool is_passing = answer.is_mail ? status < 500 : status == 408 || status == 429 || status >= 500;
    return status == 0 || is_passing ? Meaning::retry : Meaning::given_up;
}

std::string problem_of(const Answer& answer) {
    if (answer.status == 0 || answer.is_refusal) {
        return answer.problem;
    }
    const bool is_redirect = !answer.is_mail && answer.status >= 300 && answer.status < 400;
    return fmt::format("answered {} {}{}", answer.is_mail ? "SMTP" : "HTTP", answer.status,
                       is_redirect ? ", and redirects are not followed" : "");
}

std::string left_out_of(const Answer& answer) {
    return answer.left_out.empty() ? "" : "never taken for " + answer.left_out;
}

std::string never_taken(const Answer& answer) {
    return "never taken for " + (answer.refused.empty() ? "the others: " + problem_of(answer) : answer.refused);
}

}  // namespace vigie::controller::notify

// What services say in the body of an answer that the status does not.
#pragma once
#include "controller/notify/channel.hpp"

namespace vigie::controller::notify {

struct AnswerBody {
    std::optional<milliseconds> retry_after;  // Discord, Telegram, Matrix
    std::string refusal;  // of a status 200 with {"ok": false, "error": …}: its code, fit for a log; "" when none
};
// Any bytes: what is no JSON says nothing.
AnswerBody parse_answer_body(std::string_view body);
// Request::look_into.
void note_answer_body(std::string_view body, Answer& answer);
// Of Slack's and Mattermost's incoming webhooks, which say "ok", or a code with status 200: what passes is tried again.
void note_slack_answer(std::string_view body, Answer& answer);

}  // namespace vigie::controller::notify

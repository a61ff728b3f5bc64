// The operators' verbs about people on call, and about who has an alert in hand.
#pragma once
#include "controller/app/answers.hpp"

namespace vigie::controller {

void add_oncall_answers(Desk& desk, const Sources& sources);  // oncall; alerts ack, unack and snooze

// What of the alert's episode there is to show: who has it in hand, and how far its escalation is. null where it says
// nothing, such as of an alert that is not open. `episodes`: as list_episodes gives them, in the order of their alerts.
void add_episode_fields(const oncall::OnCall& oncall, const std::vector<oncall::Episode>& episodes,
                        const alerts::AlertRecord& alert, Json& row);

}  // namespace vigie::controller

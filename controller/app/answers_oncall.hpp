// The operators' verbs about people on call, and about who has an alert in hand.
#pragma once
#include "controller/app/answers_routing.hpp"

namespace vigie::controller {

class QueryRunner;
// oncall; alerts ack, unack and snooze. A schedule is reckoned on the runner's pool.
void add_oncall_answers(Desk& desk, const Sources& sources, const RoutingSources& routing, QueryRunner& runner);
// alerts list and show. A list is made on the runner's pool: it reads samples and rows of each alert.
void add_alert_answers(Desk& desk, const Sources& sources, const RoutingSources& routing, QueryRunner& runner);

// What add_episode_fields looks into.
struct EpisodeSources {
    const StateStore& store;
    const oncall::OnCall& oncall;
    std::multimap<std::string, std::string> channels;  // by the receiver that escalations call
    alerts::Labels external_labels;
};
EpisodeSources episode_sources(const Sources& sources, const RoutingSources& routing);  // any thread

// What of the alert's episode there is to show: who has it in hand, how far its escalation is, who was called and took
// it (`called`), and who did not (`calls_not_taken`: receiver, channel, outcome, problem, at). null where it says
// nothing, such as of an alert that is not open. `episodes`: as list_episodes gives them, in the order of their alerts.
// Any thread. Errors are the store's: then nothing but the calls is missing.
Result<void> add_episode_fields(const EpisodeSources& sources, const std::vector<oncall::Episode>& episodes,
                                const alerts::AlertRecord& alert, Json& row);

}  // namespace vigie::controller

// alerts why: how an alert came to be, who was told, and what changed on its host before.
#pragma once
#include "controller/app/answers_oncall.hpp"
#include "controller/query/budget.hpp"

namespace vigie::controller {

// Reads on the runner's pool: it looks at samples, runs and all that receivers were told.
void add_why_answer(Desk& desk, const Sources& sources, const RoutingSources& routing, QueryRunner& runner);

// Transitions that come with their samples and routes, the newest; older ones are only listed.
constexpr size_t transitions_explained_max = 20;

// Any thread. Once the budget is spent, or what asks is cancelled, it has no more samples.
Result<Json> alert_story(const EpisodeSources& episodes, const Records& records, const RoutingSources& routing,
                         const std::string& id, query::Budget& budget);

}  // namespace vigie::controller

// The key `scrape:`: which targets are asked, how often, and what their series get.
#pragma once
#include "agent/scrape/scrape_target.hpp"
#include "shared/config/node.hpp"

namespace vigie::agent {

// Appends the targets of a list. An interval or a timeout that is not given is 0. conflict: two targets of one
// job and address. Other errors name file, line and key.
Result<void> read_scrape(const config::Node& list, const std::string& file, std::vector<ScrapeOptions>& targets);
// Fills in what was not given: the agent's own interval, and a timeout of it, 10 s at most. malformed: a timeout above
// its interval.
Result<void> finish_scrape(milliseconds agent_interval, const std::string& path, std::vector<ScrapeOptions>& targets);

}  // namespace vigie::agent

// The words that `vigie-worker fetch` gets for a target over https: which address, which names, which files. Pure; the
// daemon itself links no TLS.
#pragma once
#include <string>
#include <vector>

#include "agent/scrape/scrape_options.hpp"
#include "agent/scrape/target_address.hpp"

namespace vigie::agent {

// Behind the worker's path. Secrets stay in their files: only their paths are named. `headers` stand as in a request,
// without Host.
std::vector<std::string> fetch_words(const ScrapeOptions& options, const TargetAddress& address,
                                     const std::vector<std::string>& headers);

}  // namespace vigie::agent

// The keys about applications: `statsd:`, `push:`, `scrape:`, and `applications:` for what holds for all of them.
#pragma once
#include "agent/apps/applications.hpp"
#include "shared/config/node.hpp"

namespace vigie::agent {

// Their values in one document; nullptr for a key that is not there.
struct AppsNodes {
    const config::Node* statsd = nullptr;
    const config::Node* push = nullptr;
    const config::Node* scrape = nullptr;
    const config::Node* applications = nullptr;
};

AppsNodes take_apps(config::MappingReader& reader);
// Later files override key by key; targets to scrape add up. Errors name file, line and the nearest known key.
Result<void> read_apps(const AppsNodes& nodes, const std::string& file, AppsOptions& options);
// Once all files were read: targets without an interval get the agent's own. malformed: a timeout above its interval.
Result<void> finish_apps(milliseconds interval, const std::string& path, AppsOptions& options);

}  // namespace vigie::agent

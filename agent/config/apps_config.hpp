// The keys about applications: `statsd:`, and `applications:` for what holds for all of them.
#pragma once
#include "agent/apps/applications.hpp"
#include "shared/config/node.hpp"

namespace vigie::agent {

// Their values in one document; nullptr for a key that is not there.
struct AppsNodes {
    const config::Node* statsd = nullptr;
    const config::Node* applications = nullptr;
};

AppsNodes take_apps(config::MappingReader& reader);
// Later files override key by key. Errors name file, line and the nearest known key.
Result<void> read_apps(const AppsNodes& nodes, const std::string& file, AppsOptions& options);

}  // namespace vigie::agent

// What a deputy POSTs: Alertmanager's JSON for webhooks, version "4", with one alert.
#pragma once
#include <string>

#include "agent/deadman/deadman.hpp"

namespace vigie::agent {

struct DeadmanFacts {
    std::string host;        // that speaks
    std::string controller;  // that it connects to
};

// Labels, group key and fingerprint are the same whichever deputy speaks, and so the same alert to whom gets several.
std::string page_json(const DeadmanPage& page, const DeadmanFacts& facts, WallTime now);
// Likewise, for one silence and each of its two messages. Visible ASCII.
std::string page_key(const DeadmanPage& page);

}  // namespace vigie::agent

// Names of states, and a hash.
#include "agent/checks/check.hpp"

namespace vigie::agent {

std::string_view name_of(CheckStatus status) {
    switch (status) {
        case CheckStatus::ok:
            return "OK";
        case CheckStatus::warning:
            return "WARNING";
        case CheckStatus::critical:
            return "CRITICAL";
        case CheckStatus::unknown:
            return "UNKNOWN";
    }
    return "UNKNOWN";
}

uint64_t hash_of(std::string_view text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    return hash;
}

const std::string& first_of(const Settings& settings, std::string_view name) {
    static const std::string none;
    const auto found = settings.find(name);
    return found == settings.end() || found->second.empty() ? none : found->second.front();
}

}  // namespace vigie::agent

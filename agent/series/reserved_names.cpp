// The host's own, its checks' and targets', and what the controller makes of its judgements.
#include "agent/series/reserved_names.hpp"

#include <algorithm>
#include <array>

namespace vigie::agent {
namespace {

constexpr std::array<std::string_view, 5> prefixes{"node_", "container_", "vigie_", "probe_", "scrape_"};
constexpr std::array<std::string_view, 3> whole{"up", "ALERTS", "ALERTS_FOR_STATE"};

}  // namespace

bool is_reserved_name(std::string_view metric) {
    return std::find(whole.begin(), whole.end(), metric) != whole.end() ||
           std::any_of(prefixes.begin(), prefixes.end(),
                       [metric](std::string_view prefix) { return metric.starts_with(prefix); });
}

bool is_reserved_stem(std::string_view metric) {
    return is_reserved_name(metric) || std::any_of(prefixes.begin(), prefixes.end(), [metric](std::string_view prefix) {
               return metric == prefix.substr(0, prefix.size() - 1);
           });
}

}  // namespace vigie::agent

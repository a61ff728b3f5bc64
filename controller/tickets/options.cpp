#include "controller/tickets/options.hpp"

#include <algorithm>

#include "shared/core/nearest.hpp"

namespace vigie::controller::tickets {

std::vector<Priority> default_priorities() {
    std::vector<Priority> all;
    for (const auto* name : {"low", "normal", "high", "urgent"}) {
        all.emplace_back().name = name;
    }
    return all;
}

const Priority* find_priority(const Options& options, std::string_view name) {
    const auto& all = options.priorities;
    const auto found = std::find_if(all.begin(), all.end(), [&](const Priority& one) { return one.name == name; });
    return found == all.end() ? nullptr : &*found;
}

Error unknown_priority(const Options& options, std::string_view name) {
    Words known;
    for (const auto& one : options.priorities) {
        known.insert(one.name);
    }
    const auto near = nearest(name, known);
    return {ErrorCode::malformed,
            fmt::format("priority: there is no '{}'{}; there are {}", name,
                        near.empty() ? "" : fmt::format(", did you mean '{}'?", near), fmt::join(known, ", "))};
}

}  // namespace vigie::controller::tickets

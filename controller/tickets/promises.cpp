#include "controller/tickets/promises.hpp"

namespace vigie::controller::tickets {
namespace {

milliseconds limit_of(const Priority& priority, Promise promise) {
    return promise == Promise::respond ? priority.respond : priority.resolve;
}

// How much time counts for it so far.
milliseconds taken(const Ticket& ticket, Promise promise, WallTime now) {
    return promise == Promise::respond ? ticket.responded_after.value_or(ticket.watch.at(now)) : ticket.watch.at(now);
}

bool is_kept_or_over(const Ticket& ticket, Promise promise) {
    return promise == Promise::respond ? ticket.responded_after.has_value() : !is_unresolved(ticket.status);
}

}  // namespace

std::string_view name_of(Promise promise) {
    return promise == Promise::respond ? "respond" : "resolve";
}

std::vector<Escalation> due_escalations(const Ticket& ticket, const Priority& priority, std::span<const Level> levels,
                                        WallTime now) {
    std::vector<Escalation> due;
    for (const auto promise : {Promise::respond, Promise::resolve}) {
        const auto left = time_left(ticket, priority, promise, now);
        if (!left || !is_counted(ticket.status)) {
            continue;
        }
        const auto told = promise == Promise::respond ? ticket.respond_levels : ticket.resolve_levels;
        for (auto level = told; level < levels.size() && *left + levels[level].after <= 0ms; ++level) {
            due.push_back({promise, level});
        }
    }
    return due;
}

std::optional<milliseconds> time_left(const Ticket& ticket, const Priority& priority, Promise promise, WallTime now) {
    const auto limit = limit_of(priority, promise);
    if (limit == 0ms || is_kept_or_over(ticket, promise)) {
        return std::nullopt;
    }
    return limit - taken(ticket, promise, now);
}

bool is_broken(const Ticket& ticket, const Priority& priority, Promise promise, WallTime now) {
    const auto limit = limit_of(priority, promise);
    return limit > 0ms && taken(ticket, promise, now) > limit;
}

}  // namespace vigie::controller::tickets

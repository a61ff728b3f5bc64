// What was promised for a priority, and whom to tell when it is not kept. Pure.
#pragma once
#include <span>

#include "controller/routing/matcher.hpp"
#include "controller/tickets/ticket.hpp"

namespace vigie::controller::tickets {

struct Priority {
    std::string name;
    milliseconds respond{0};        // until somebody answers; 0: nothing is promised
    milliseconds resolve{0};        // until it is resolved
    routing::Matchers of_alerts{};  // alerts that get it; none: no alert does
};

// One of those who are told, the first first.
struct Level {
    milliseconds after{0};  // of counted time, since what was promised is over
    std::string receiver;   // of the configuration
};

enum class Promise : uint8_t { respond, resolve };
std::string_view name_of(Promise promise);

struct Escalation {
    Promise promise = Promise::respond;
    uint32_t level = 0;  // from 0
    bool operator==(const Escalation&) const = default;
};

// Those that are due and were not told: each once, also when several became due at the same time.
std::vector<Escalation> due_escalations(const Ticket& ticket, const Priority& priority, std::span<const Level> levels,
                                        WallTime now);

// How much of it is left, negative when it is over; nullopt when nothing was promised, or it was kept or broken for
// good.
std::optional<milliseconds> time_left(const Ticket& ticket, const Priority& priority, Promise promise, WallTime now);
// It took, or takes, longer than was promised.
bool is_broken(const Ticket& ticket, const Priority& priority, Promise promise, WallTime now);

}  // namespace vigie::controller::tickets

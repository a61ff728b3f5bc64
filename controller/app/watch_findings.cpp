// What the watch finds out about a host by itself: that it started again, that its clock is off, that its key is used
// twice.
#include "controller/app/watch.hpp"

namespace vigie::controller {
namespace {
// One that starts again and again is one finding, and no row for each of its starts.
constexpr milliseconds start_told_every = 1min;
}  // namespace

// An agent that was heard before has started again: it, or its whole host. An operator who looks for what changed wants
// to know.
void Watch::note_start(const AgentId& agent, const HelloFacts& facts) {
    const auto* host = fleet_.find(agent);
    if (!facts.is_first || host == nullptr || host->agent_version.empty()) {
        return;
    }
    const auto now = clock_.mono();
    const auto told = starts_told_.find(agent);
    const bool is_boot = !host->boot_id.empty() && host->boot_id != facts.boot_id;
    if (!is_boot && told != starts_told_.end() && now - told->second < start_told_every) {
        return;
    }
    starts_told_.insert_or_assign(agent, now);
    const auto version = host->agent_version == facts.agent_version
                             ? std::string{}
                             : fmt::format(", version {} in place of {}", facts.agent_version, host->agent_version);
    const Event event{.recorded_at = clock_.wall(),
                      .happened_at = clock_.wall(),
                      .severity = Severity::info,
                      .agent = agent,
                      .kind = is_boot ? "boot" : "agent",
                      .message = (is_boot ? "the host booted" : "the agent started again") + version};
    record("start of " + agent.value, event);
}

void Watch::note_clock(const AgentId& agent, milliseconds ahead) {
    const auto is_off = fleet_.clock_told(agent, ahead);
    if (!is_off) {
        return;
    }
    const auto skew = fleet_.find(agent)->clock_ahead;
    const auto size = format_duration(std::chrono::round<seconds>(std::chrono::abs(skew)));
    tell(agent, {.name = alerts::clock_skewed,
                 .is_true = *is_off,
                 .value = static_cast<double>(skew.count()) / 1000,
                 .summary = fmt::format("the clock of {} is {} {} the controller's", agent.value, size,
                                        skew > 0ms ? "ahead of" : "behind"),
                 .cause = *is_off ? "clock off" : "clock right"});
}

void Watch::tell(const AgentId& agent, const alerts::OwnFinding& finding) {
    submit_until_stored(fmt::format("{} of {}", finding.name, agent.value),
                        [this, agent, finding, at = clock_.wall()](StoreBatch& batch) {
                            return records_.tell(agent, finding, at, batch);
                        });
}

void Watch::note_clone(const AgentId& agent) {
    cloned_[agent] = clock_.mono();
    tell(agent, {.name = alerts::identity_used_twice,
                 .is_true = true,
                 .value = 2,
                 .summary = fmt::format("two machines use the key of {}: enrol one of them anew", agent.value),
                 .cause = "two sessions of one key"});
}

void Watch::forget_old_clones(MonoTime now) {
    for (auto clone = cloned_.begin(); clone != cloned_.end();) {
        if (now - clone->second < clone_over_after) {
            ++clone;
            continue;
        }
        tell(clone->first, {.name = alerts::identity_used_twice,
                            .is_true = false,
                            .value = 1,
                            .summary = {},
                            .cause = "not seen for " + format_duration(clone_over_after)});
        clone = cloned_.erase(clone);
    }
}

// Alerts of before a restart: nobody knows when their cause was seen last, so they get the whole time again.
void Watch::take_over_clones() {
    submit([this](StoreBatch&) -> Result<size_t> {
        VIGIE_TRY(const auto hosts, records_.alerts().hosts_with(alerts::identity_used_twice));
        loop_.post([this, hosts] {
            for (const auto& host : hosts) {
                cloned_.try_emplace(host, clock_.mono());
            }
        });
        return size_t{0};
    });
}

}  // namespace vigie::controller

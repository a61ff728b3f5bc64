#include "agent/deadman/deadman.hpp"

#include <algorithm>

#include "shared/core/assert.hpp"

namespace vigie::agent {
namespace {

// Pauses between attempts double up to the longer one: who is cut off itself tries for as long as that lasts.
constexpr milliseconds retry_first{10s};
constexpr milliseconds retry_max{5min};
constexpr unsigned doublings_max = 5;  // 10 s to 320 s, which is over retry_max
// In a silence the agent looks so often whether it runs. With the usual `after` and interval of heartbeats that is
// longer than these are apart, so that at rest nobody wakes it for that.
constexpr int looks_of_a_silence = 8;
constexpr milliseconds look_every_min{1s};
constexpr milliseconds look_every_max{30s};
// Looking later than that it stood still itself (a frozen machine, a stopped process) and could hear nobody. A new
// session takes a minute at most, and the first PONG comes an interval later.
constexpr milliseconds lateness_max{5s};
constexpr milliseconds standstill_grace{2min};

}  // namespace

Deadman::Deadman(const DeadmanOptions& options, const DeadmanState& kept, MonoTime now, WallTime wall)
    : after_(options.after),
      stagger_(options.stagger),
      look_every_(std::clamp(options.after / looks_of_a_silence, look_every_min, look_every_max)),
      state_(kept),
      heard_at_(now),
      heard_at_wall_(wall),
      awake_at_(now) {}

void Deadman::look(MonoTime now) {
    const auto slept = now - std::exchange(awake_at_, now);
    if (slept > look_every_ + std::min(look_every_, lateness_max) && !is_taken_back()) {
        listens_until_ = now + standstill_grace;
    }
}

void Deadman::heard(uint8_t deputy, uint64_t watch, MonoTime now, WallTime wall) {
    state_.deputy = deputy;
    state_.watch = watch;
    heard_at_ = awake_at_ = listens_until_ = now;
    heard_at_wall_ = wall;
    if (state_.is_open ? !std::exchange(is_back_, true) : failures_ > 0) {
        failures_ = 0;  // they were of a page that is over
        not_before_ = now;
    }
}

std::optional<DeadmanPage> Deadman::take_due(MonoTime now) {
    if (const auto waits_until = next_due(); waits_until && now >= *waits_until) {
        look(now);
    }
    const auto due = page_due();
    if (!due || now < *due) {
        return std::nullopt;
    }
    if (!state_.is_open) {
        state_.told_watch = state_.watch;
        state_.silent_since = heard_at_wall_;
    }
    under_way_ = DeadmanPage{is_taken_back(), state_.told_watch, state_.silent_since, failures_};
    was_open_ = std::exchange(state_.is_open, true);
    return under_way_;
}

void Deadman::posted(Posted outcome, MonoTime now) {
    VIGIE_ASSERT(under_way_.has_value());
    awake_at_ = now;
    const bool was_resolved = std::exchange(under_way_, std::nullopt)->is_resolved;
    if (outcome != Posted::taken) {
        const auto pause = std::min(retry_first * (1 << std::min(failures_, doublings_max)), retry_max);
        ++failures_;
        not_before_ = now + pause;
    } else {
        failures_ = 0;
        not_before_ = now;
    }
    if (was_resolved) {
        state_.is_open = state_.is_told = outcome != Posted::taken;
    } else {
        state_.is_open = outcome != Posted::failed || was_open_;
        state_.is_told = outcome == Posted::taken;
    }
    is_back_ = is_back_ && state_.is_open;
}

std::optional<MonoTime> Deadman::next_due() const {
    const auto due = page_due();
    return due && !is_taken_back() ? std::min(*due, awake_at_ + look_every_) : due;
}

std::optional<MonoTime> Deadman::page_due() const {
    if (under_way_) {
        return std::nullopt;
    }
    if (is_taken_back()) {
        return not_before_;
    }
    if (state_.deputy == 0 || state_.is_told) {
        return std::nullopt;
    }
    return std::max({not_before_, listens_until_, heard_at_ + after_ + (state_.deputy - 1) * stagger_});
}

}  // namespace vigie::agent

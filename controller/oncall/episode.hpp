// How far the escalation of one alert's episode is, and who has it in hand. A row of Family::silences ("e" + alert id),
// from the transition to firing until the alert is over.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/store/readable.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::oncall {

// Somebody's word that nobody else need be called: until it is taken back, or for a while.
struct Hold {
    std::string by;  // the operator's name
    std::string comment;
    WallTime at{};
    std::optional<WallTime> until{};  // snoozed; without it acknowledged
    bool operator==(const Hold&) const = default;
};

struct Episode {
    std::string alert_id;
    WallTime fired_at{};   // names the episode of this alert
    std::string policy;    // ""; none matched: nobody is called, and it may be acknowledged all the same
    uint64_t taken = 0;    // steps, of all rounds
    WallTime due_at{};     // of the next one by the controller's clock
    milliseconds left{0};  // until it is due, while the episode is held
    // Its time has come, but the alert is silenced or inhibited, or nobody is on call.
    bool is_waiting = false;
    std::optional<Hold> hold;
    std::map<std::string, uint32_t> called;  // receivers, and how often each was
    bool operator==(const Episode&) const = default;
};

std::string episode_key(std::string_view alert_id);
std::string encode(const Episode& episode);
// corrupt for a row that cannot be read.
Result<Episode> decode_episode(std::string_view row);
// In the order of their alerts. A damaged one is passed over, and told in `damaged`. Any thread; of a store it is what
// is durable.
Result<std::vector<Episode>> list_episodes(const StoreReader& store, std::vector<DamagedRow>* damaged = nullptr);

}  // namespace vigie::controller::oncall

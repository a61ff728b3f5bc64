// Somebody else for a while: what operators put over a rota. A row of Family::silences each, kept for some days after
// its end.
#pragma once
#include <string>
#include <vector>

#include "controller/store/readable.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::oncall {

struct Override {
    std::string id;  // 16 hex digits
    std::string rota;
    std::string person;
    WallTime from{};
    WallTime until{};    // not included
    std::string author;  // the operator's name
    std::string comment;
    WallTime created_at{};
    bool operator==(const Override&) const = default;
};

// How long one is still listed after its end.
constexpr milliseconds override_kept_for = std::chrono::hours{5 * 24};
// A year: what is meant for longer belongs into the rota.
constexpr milliseconds override_max = std::chrono::hours{366 * 24};

// malformed unless it ends after it begins, in the future, and lasts at most override_max.
Result<void> check_override(const Override& one, WallTime now);

// Family::silences: "o" + id. The other rows of the family: episode.hpp, controller/routing's silences ("s"), and
// controller/jobs' ends of runs ("r").
std::string override_key(std::string_view id);
std::string encode(const Override& one);
// corrupt for a row that cannot be read.
Result<Override> decode_override(std::string_view row);
// In the order of their ids. A damaged one changes no turn, and is told in `damaged`. Any thread.
Result<std::vector<Override>> list_overrides(const StoreReader& store, std::vector<DamagedRow>* damaged = nullptr);
// Erases those that ended before override_kept_for.
Result<void> prune_overrides(const StoreReader& store, WallTime now, StoreBatch& batch);

}  // namespace vigie::controller::oncall

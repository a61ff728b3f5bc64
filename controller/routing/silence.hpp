// What operators do not want to be told of for a while. A row of Family::silences each, kept for some days after its
// end.
#pragma once
#include "controller/routing/matcher.hpp"
#include "controller/store/readable.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::routing {

struct Silence {
    std::string id;     // 16 hex digits
    Matchers matchers;  // all must match
    WallTime starts_at{};
    WallTime ends_at{};
    std::string author;  // the operator's name
    std::string comment;
    WallTime created_at{};
};

enum class SilenceState { pending, active, expired };
std::string_view name_of(SilenceState state);
SilenceState state_of(const Silence& silence, WallTime at);

// How long a silence is still listed after its end.
constexpr milliseconds silence_kept_for = std::chrono::hours{5 * 24};

// malformed unless it has a matcher that a missing label does not match, so that nobody silences everything by a slip,
// a comment, and ends after it starts and after `now`.
Result<void> check_silence(const Silence& silence, WallTime now);
bool is_silenced(const std::vector<Silence>& silences, const Labels& labels, WallTime at);

std::string silence_key(std::string_view id);
std::string encode(const Silence& silence);
Result<Silence> decode_silence(std::string_view row);
// In the order of their ids. A damaged one silences nothing, and is told in `damaged`. Any thread.
Result<std::vector<Silence>> list_silences(const StoreReader& store, std::vector<DamagedRow>* damaged = nullptr);
// Erases those that ended before silence_kept_for.
Result<void> prune_silences(const StateStore& store, WallTime now, StoreBatch& batch);

}  // namespace vigie::controller::routing

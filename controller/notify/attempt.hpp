// Each attempt at telling a receiver, and what came of it, for people who ask who was told. A row of Family::outbox
// each ("a" + receiver + group + when it began + number), written in the batch of what was told. Nothing is decided by
// them: a row that is damaged, or lost with a failed commit, changes no delivery.
#pragma once
#include <string>
#include <vector>

#include "controller/alerts/notification.hpp"
#include "controller/notify/told.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller::notify {

// The numbers stand on disk.
enum class AttemptOutcome : uint8_t {
    taken = 1,    // 2xx
    retried = 2,  // meaning_of: retry. Sent again after a while
    refused = 3,  // given up: sent again with the group's next turn
    given_up = 4  // the same, of a group that has no turns
};
std::string_view name_of(AttemptOutcome outcome);

struct AttemptedAlert {
    std::string alert_id;
    WallTime starts_at{};
    bool is_resolved = false;
    bool operator==(const AttemptedAlert&) const = default;
};

struct Attempt {
    ToldKey to;
    WallTime at{};        // when it began, by the controller's clock
    uint64_t number = 0;  // since the controller's start; tells attempts of one millisecond apart
    milliseconds took{0};
    AttemptOutcome outcome = AttemptOutcome::taken;
    int status = 0;       // HTTP's, of a mail SMTP's; 0: no answer
    std::string problem;  // "" when it was taken as it should be
    std::string idempotency_key;
    uint64_t alerts_total = 0;
    std::vector<AttemptedAlert> alerts;  // the first alerts_listed_max of them
    bool operator==(const Attempt&) const = default;
};

// Of one group and receiver; a few more while some are not committed yet.
constexpr size_t attempts_kept_max = 20;
// Of one message. Beyond, an alert of a large group is not found by its id.
constexpr size_t alerts_listed_max = 1'000;
// As long as `vigie alerts list --state all` shows what is over, and at most this much of all groups together.
constexpr milliseconds attempts_kept_for = std::chrono::hours{15 * 24};
constexpr Bytes attempts_bytes_max = 16_MiB;
// Attempts whose commit failed (a full disk) and is tried again: as many, the newest. Each takes up to 100 kB of memory
// (alerts_listed_max).
constexpr size_t attempts_unsaved_max = 100;

std::string attempt_key(const Attempt& attempt);
std::string encode(const Attempt& attempt);  // without what is in the key
// What only the key tells: `to`, `at` and `number`.
Result<Attempt> read_attempt_key(std::string_view key);
Result<Attempt> decode_attempt(std::string_view key, std::string_view row);

// Keys of a group's rows that a new attempt makes too old. Any thread.
Result<std::vector<std::string>> attempts_behind(const StateStore& store, const ToldKey& to);
// Keys of all rows that are too old, or beyond attempts_bytes_max. Any thread; reads all of them.
Result<std::vector<std::string>> attempts_to_forget(const StateStore& store, WallTime now,
                                                    Bytes bytes_max = attempts_bytes_max);

struct AttemptLog {
    std::vector<Attempt> attempts;     // oldest first
    std::vector<std::string> damaged;  // what could not be read, for people: "attempt at …: …"
};
// Attempts at messages with the alert in them. Any thread; reads all rows.
Result<AttemptLog> attempts_for(const StateStore& store, std::string_view alert_id);

}  // namespace vigie::controller::notify

// What there is to tell of a transition: what it leaves in Family::outbox, and controller/notify groups and delivers.
#pragma once
#include <optional>
#include <string>

#include "controller/query/labels.hpp"
#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::alerts {

using query::Labels;

struct Notification {
    std::string receiver;  // a name of the configuration; "": whom the routes say
    std::string alert_id;
    bool is_resolved = false;
    Labels labels;
    Labels annotations;
    WallTime starts_at{};  // when it fired; also names the episode: no alert fires twice in a millisecond
    WallTime ends_at{};    // when resolved
    double value = 0;
    // How often an escalation has called this receiver for the episode, this time included; 0: not called, but told by
    // the routes. Each call is told by itself.
    uint32_t call = 0;
    bool operator==(const Notification&) const = default;
};

// The same for every attempt at the same message: alert, episode, status, receiver, call. Visible ASCII, fit for a
// header.
std::string idempotency_key(const Notification& notification);

// Alertmanager's fingerprint of a label set: FNV-1a, 64 bit, over sorted names and values each followed by 0xFF, as 16
// hex digits.
std::string fingerprint(const Labels& labels);
// Rows of Family::outbox: "q" + number, queued; "f" + number, given up. The others are controller/notify's (README).
std::string queued_key(uint64_t number);
std::string failed_key(uint64_t number);
// The number of a key of either kind; corrupt for another key.
Result<uint64_t> read_outbox_key(std::string_view key);

std::string encode(const Notification& notification);
Result<Notification> decode_notification(std::string_view row);

}  // namespace vigie::controller::alerts

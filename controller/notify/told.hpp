// What a receiver has been told of a group: a row of Family::outbox ("n" + receiver + group), written in the batch that
// erases the debts. It keeps a restart from repeating or forgetting a message, as Alertmanager's notification log does.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "controller/alerts/notification.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller::notify {

struct Told {
    WallTime at{};              // when the receiver took it
    std::set<uint64_t> firing;  // episodes (episode_of), as the last message had them
    std::set<uint64_t> resolved;
    uint64_t messages = 0;  // how many, of this group
    bool operator==(const Told&) const = default;
};

struct ToldKey {
    std::string target;  // DeliveryQueue::Target::name
    std::string group;   // Group::identity
    auto operator<=>(const ToldKey&) const = default;
};

// Alert, labels, start and call: a fire after a recovery is another one, and so is each call of an escalation.
uint64_t episode_of(const alerts::Notification& notification);

std::string told_key(const ToldKey& key);
Result<ToldKey> read_told_key(std::string_view key);
std::string encode(const Told& told);
Result<Told> decode_told(std::string_view row);

// That this store's open alerts have been told of by rows like these. Without it they were paged by a release that kept
// none, and are not to be paged again.
constexpr const char* told_mark = "v";

}  // namespace vigie::controller::notify

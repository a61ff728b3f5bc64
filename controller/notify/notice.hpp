// Something to tell one receiver that is no alert: a ticket's change. A row of Family::outbox ("m" + number), written
// in the batch of what it tells of, and erased when all of the receiver's channels have it; "w" + number + channel
// stands beside it for one that has it while others do not. It belongs to no group, nothing silences it, and it says
// what was so when it was written.
#pragma once
#include <string>

#include "controller/notify/message.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller::notify {

struct Notice {
    std::string receiver;         // a webhook's name, or that of a receiver of alertmanager.yml: all its channels
    std::string about;            // for logs, such as "ticket 12"
    std::string subject;          // for channels that people read
    std::string text;             // likewise; lines
    alerts::Labels fields{};      // beside them, for receivers' templates: .CommonAnnotations.requester
    std::string json;             // for channels that programs read: an object
    std::string idempotency_key;  // visible ASCII, the same for each attempt
    WallTime at{};                // when it was so
    bool is_over = false;         // what it is about is done
    bool operator==(const Notice&) const = default;
};

// For channels that know alerts only: one alert, called by what it is about, with subject, text and fields as its
// annotations: what changes from one notice to the next is none of its labels. All notices about one thing are one
// group.
Message message_of(const Notice& notice);

std::string notice_key(uint64_t number);
Result<uint64_t> read_notice_key(std::string_view key);

// A channel of the receiver has the notice.
struct ToldNotice {
    uint64_t row = 0;
    std::string target;
};
std::string told_notice_key(const ToldNotice& told);
Result<ToldNotice> read_told_notice_key(std::string_view key);

std::string encode(const Notice& notice);
Result<Notice> decode_notice(std::string_view row);

}  // namespace vigie::controller::notify

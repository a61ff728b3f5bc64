// Messages that were given up, as rows of Family::outbox: "f" + the number they had while queued.
#pragma once
#include "controller/notify/delivery_queue.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller::notify {

struct FailedDelivery {
    uint64_t number = 0;
    alerts::Notification notification;
    WallTime at{};
    int status = 0;  // HTTP's; 0 when it was never sent
    std::string reason;
};

// Only the failures among this many last messages are kept.
constexpr uint64_t failed_kept_max = 10'000;

// Beside the queued row, which others may still hold. Erases failures that are too old.
void put_failed(StoreBatch& batch, const GivenUp& given_up, WallTime at);
// Oldest first. Any thread.
Result<std::vector<FailedDelivery>> list_failed(const StateStore& store);

}  // namespace vigie::controller::notify

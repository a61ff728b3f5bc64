// The round: outbox -> queue -> channel -> queue -> committer.
#include "controller/notify/notifier.hpp"

#include "controller/notify/payload.hpp"
#include "controller/store/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller::notify {
namespace {

// The longest a round waits; nothing depends on it but how soon a missed wake-up is made good.
constexpr milliseconds round_max{30'000};
// After a failed commit (a full disk) or a failed read; meanwhile nothing is lost, only sent twice after a crash.
constexpr milliseconds store_retry_after{5'000};

std::vector<DeliveryQueue::Target> targets_of(const std::vector<Receiver>& receivers) {
    std::vector<DeliveryQueue::Target> targets;
    for (const auto& receiver : receivers) {
        targets.push_back({receiver.name, receiver.is_resolved_sent});
    }
    return targets;
}

}  // namespace

Notifier::Notifier(const StateStore& store, CommitQueue& committer, Clock& clock, Random& random, Channel& channel,
                   NotifierOptions options)
    : store_(store),
      committer_(committer),
      clock_(clock),
      channel_(channel),
      options_(std::move(options)),
      queue_(targets_of(options_.receivers), random) {
    for (const auto& receiver : options_.receivers) {
        receivers_[receiver.name] = &receiver;
    }
    publish_status();
}

Notifier::~Notifier() {
    stop();
}

void Notifier::start() {
    thread_ = std::thread([this] {
        while (!is_stopping_) {
            turn(round_max);
        }
    });
}

void Notifier::wake() {
    has_new_rows_ = true;
    channel_.wake();
}

void Notifier::stop() {
    is_stopping_ = true;
    channel_.wake();
    if (thread_.joinable()) {
        thread_.join();
    }
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [this] { return submitted_ == 0; });
}

NotifierStatus Notifier::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

void Notifier::turn(milliseconds limit) {
    if (has_new_rows_.exchange(false)) {
        read_new_rows();
    }
    send_due();
    settle();
    publish_status();
    const auto answers = channel_.wait(until_next(limit));
    for (const auto& answer : answers) {
        queue_.finish(answer, clock_.mono());
    }
    if (!answers.empty()) {
        settle();
        publish_status();
    }
}

void Notifier::read_new_rows() {
    const auto read =
        store_.scan(Family::outbox, alerts::queued_key(next_row_), keys::after_prefix("q"),
                    [this](std::string_view key, std::string_view row) {
                        const auto number = alerts::read_outbox_key(key);
                        auto notification = alerts::decode_notification(row);
                        if (!number || !notification) {
                            // It stays where it is, for someone to look at; the others go out.
                            log::error("notify: {}", number ? notification.error().message : number.error().message);
                            ++unreadable_rows_;
                        } else {
                            queue_.add(*number, std::move(*notification));
                        }
                        next_row_ = number ? *number + 1 : next_row_;
                        return true;
                    });
    if (!read) {
        log::error("notify: reading the outbox: {}", read.error().message);
        has_new_rows_ = true;
        settle_again_at_ = clock_.mono() + store_retry_after;
    }
}

Request Notifier::request_for(const alerts::Notification& notification) const {
    const auto& receiver = *receivers_.at(notification.receiver);
    Request request;
    request.url = receiver.url;
    request.body = webhook_json(notification, options_.external_url);
    request.timeout = receiver.timeout;
    request.ca_file = receiver.ca_file;
    request.headers.push_back("Idempotency-Key: " + alerts::idempotency_key(notification));
    for (const auto& [name, value] : receiver.headers) {
        request.headers.push_back(fmt::format("{}: {}", name, value));
    }
    return request;
}

void Notifier::send_due() {
    for (const auto& delivery : queue_.take_due(clock_.mono())) {
        channel_.start(delivery.number, request_for(delivery.notification));
    }
}

void Notifier::settle() {
    auto settled = queue_.take_settled();
    for (const auto& given_up : settled.given_up) {
        log::error("notify: gave up on alert {} for receiver '{}': {}", given_up.notification.alert_id,
                   given_up.notification.receiver, given_up.reason);
    }
    if (!settle_again_at_ || clock_.mono() >= *settle_again_at_) {
        const std::lock_guard lock(mutex_);
        settle_again_at_.reset();
        settled.done.insert(settled.done.end(), unsaved_.done.begin(), unsaved_.done.end());
        settled.given_up.insert(settled.given_up.end(), unsaved_.given_up.begin(), unsaved_.given_up.end());
        unsaved_ = {};
    }
    if (!settled.is_empty()) {
        submit(std::move(settled));
    }
}

void Notifier::submit(Settled settled) {
    {
        const std::lock_guard lock(mutex_);
        ++submitted_;
    }
    const auto at = clock_.wall();
    committer_.submit(
        [settled, at](StoreBatch& batch) {
            for (const auto number : settled.done) {
                batch.erase(Family::outbox, alerts::queued_key(number));
            }
            for (const auto& given_up : settled.given_up) {
                put_failed(batch, given_up, at);
            }
        },
        [this, settled](const Result<void>& committed) {
            const std::lock_guard lock(mutex_);
            if (!committed) {
                unsaved_.done.insert(unsaved_.done.end(), settled.done.begin(), settled.done.end());
                unsaved_.given_up.insert(unsaved_.given_up.end(), settled.given_up.begin(), settled.given_up.end());
            }
            --submitted_;
            settled_.notify_all();  // under the lock: stop() may destroy this right after
        });
}

milliseconds Notifier::until_next(milliseconds limit) const {
    const auto now = clock_.mono();
    auto next = queue_.next_due();
    {
        const std::lock_guard lock(mutex_);
        if (!unsaved_.is_empty() || settle_again_at_) {
            const auto again = settle_again_at_.value_or(now + store_retry_after);
            next = next ? std::min(*next, again) : again;
        }
    }
    if (!next) {
        return limit;
    }
    // Rounded up: a wait that ends just before the time would go round and round.
    const auto left = std::chrono::ceil<milliseconds>(*next - now);
    return std::clamp(left, milliseconds{0}, limit);
}

void Notifier::publish_status() {
    NotifierStatus status;
    status.counts = queue_.counts();
    status.unreadable_rows = unreadable_rows_;
    for (const auto& target : queue_.targets()) {
        status.targets.push_back(
            {target.name, address_of(receivers_.at(target.name)->url), target.failures, target.last_problem});
    }
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
}

}  // namespace vigie::controller::notify

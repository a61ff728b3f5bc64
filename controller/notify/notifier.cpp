// The round: outbox -> queue -> channel -> queue -> committer.
#include "controller/notify/notifier.hpp"

#include "controller/alerts/rows.hpp"
#include "controller/notify/payload.hpp"
#include "controller/store/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller::notify {
namespace {

// The longest a round waits; nothing depends on it but how soon a missed wake-up is made good.
constexpr milliseconds round_max{30'000};
// After a failed commit (a full disk) or a failed read; meanwhile nothing is lost, only sent twice after a crash.
constexpr milliseconds store_retry_after{5'000};
// What a group that is no more was told, should the routes that made it come back: as long as Alertmanager keeps it.
constexpr milliseconds told_kept_for = std::chrono::hours{5 * 24};

std::vector<DeliveryQueue::Target> targets_of(const std::vector<Receiver>& receivers) {
    std::vector<DeliveryQueue::Target> targets;
    for (const auto& receiver : receivers) {
        targets.push_back({.name = receiver.name,
                           .is_resolved_sent = receiver.is_resolved_sent,
                           .receiver = receiver.shown_as,
                           .alerts_max = receiver.alerts_max,
                           .is_of_file = receiver.is_of_file});
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
      queue_(targets_of(options_.receivers), random, options_.routing) {
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

void Notifier::silences_changed() {
    has_new_silences_ = true;
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
    if (has_new_silences_.exchange(false)) {
        read_silences();
    }
    if (has_new_rows_.exchange(false) && !(is_loaded_ ? read_new_rows() : load())) {
        has_new_rows_ = true;
        settle_again_at_ = clock_.mono() + store_retry_after;
    }
    if (is_loaded_) {
        send_due();
    }
    settle();
    publish_status();
    const auto answers = channel_.wait(until_next(limit));
    for (const auto& answer : answers) {
        if (const auto refused = queue_.finish(answer, now())) {
            log::error("notify: a message is refused, and sent again with its group's next turn: {}", *refused);
        }
    }
    if (!answers.empty()) {
        settle();
        publish_status();
    }
}

// What the store remembers: what receivers were told, which alerts are open, and what is owed.
bool Notifier::load() {
    Result<void> outcome;
    const auto read =
        store_.scan(Family::outbox, "n", keys::after_prefix("n"), [&](std::string_view key, std::string_view row) {
            auto told_key = read_told_key(key);
            auto told = decode_told(row);
            if (told_key && told) {
                queue_.recall(std::move(*told_key), std::move(*told));
            } else {
                log::error("notify: {}", told_key ? told.error().message : told_key.error().message);
                ++unreadable_rows_;
            }
            return true;
        });
    if (!read) {
        log::error("notify: reading the outbox: {}", read.error().message);
        return false;
    }
    if (!seed_open_alerts() || !read_new_rows()) {
        return false;
    }
    queue_.begin(clock_.wall() - told_kept_for);
    is_loaded_ = true;
    return true;
}

bool Notifier::seed_open_alerts() {
    const auto mark = store_.get(Family::outbox, told_mark);
    const auto open = alerts::list_alerts(store_);
    if (!mark || !open) {
        log::error("notify: reading alerts: {}", mark ? open.error().message : mark.error().message);
        return false;
    }
    is_unrecorded_ = !mark->has_value();
    std::set<std::string> owed;
    if (is_unrecorded_) {
        const auto read =
            store_.scan(Family::outbox, "q", keys::after_prefix("q"), [&owed](std::string_view, std::string_view row) {
                if (const auto one = alerts::decode_notification(row)) {
                    owed.insert(one->alert_id);
                }
                return true;
            });
        if (!read) {
            log::error("notify: reading the outbox: {}", read.error().message);
            return false;
        }
    }
    for (const auto& record : *open) {
        if (record.state.is_open) {
            queue_.seed(alerts::page_of(record, false, options_.external_labels),
                        is_unrecorded_ && !owed.contains(record.id), now());
        }
    }
    return true;
}

void Notifier::read_silences() {
    auto silences = routing::list_silences(store_);
    if (!silences) {
        return log::error("notify: silences stay as they were: {}", silences.error().message);
    }
    queue_.set_silences(std::move(*silences), now());
}

bool Notifier::read_new_rows() {
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
                            queue_.add(*number, std::move(*notification), now(), is_unrecorded_ && !is_loaded_);
                        }
                        next_row_ = number ? *number + 1 : next_row_;
                        return true;
                    });
    if (!read) {
        log::error("notify: reading the outbox: {}", read.error().message);
    }
    return read.has_value();
}

Request Notifier::request_for(const Delivery& delivery) const {
    const auto& receiver = *receivers_.at(delivery.target);
    Request request;
    request.url = receiver.url;
    request.body = webhook_json(delivery.message, options_.external_url);
    request.timeout = receiver.timeout;
    request.ca_file = receiver.ca_file;
    request.headers.push_back("Idempotency-Key: " + delivery.idempotency_key);
    for (const auto& [name, value] : receiver.headers) {
        request.headers.push_back(fmt::format("{}: {}", name, value));
    }
    return request;
}

void Notifier::send_due() {
    for (const auto& delivery : queue_.take_due(now())) {
        channel_.start(delivery.number, request_for(delivery));
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
        settled.add(std::exchange(unsaved_, {}));
    }
    if (!settled.is_empty() || (is_unrecorded_ && is_loaded_)) {
        submit(std::move(settled));
    }
}

void Notifier::submit(Settled settled) {
    {
        const std::lock_guard lock(mutex_);
        ++submitted_;
    }
    const auto at = clock_.wall();
    std::vector<std::pair<std::string, std::optional<std::string>>> told;
    for (const auto& key : settled.told) {
        const auto* row = queue_.told_of(key);
        told.emplace_back(told_key(key), row == nullptr ? std::nullopt : std::optional(encode(*row)));
    }
    const bool is_first = std::exchange(is_unrecorded_, false);
    committer_.submit(
        [settled, told, is_first, at](StoreBatch& batch) {
            for (const auto& [key, row] : told) {
                row ? batch.put(Family::outbox, key, *row) : batch.erase(Family::outbox, key);
            }
            for (const auto& given_up : settled.given_up) {
                put_failed(batch, given_up, at);
            }
            for (const auto number : settled.done) {
                batch.erase(Family::outbox, alerts::queued_key(number));
            }
            if (is_first) {
                batch.put(Family::outbox, told_mark, "");
            }
        },
        [this, settled](const Result<void>& committed) {
            const std::lock_guard lock(mutex_);
            if (!committed) {
                unsaved_.add(Settled(settled));
            }
            --submitted_;
            settled_.notify_all();  // under the lock: stop() may destroy this right after
        });
}

milliseconds Notifier::until_next(milliseconds limit) const {
    const auto now = clock_.mono();
    auto next = is_loaded_ ? queue_.next_due() : std::nullopt;
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

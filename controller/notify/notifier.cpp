// The round: outbox -> queue -> channel -> queue -> committer.
#include "controller/notify/notifier.hpp"

#include "controller/alerts/rows.hpp"
#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/encodings.hpp"
#include "controller/notify/payload.hpp"
#include "controller/store/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller::notify {
namespace {

// The longest a round waits; nothing depends on it but how soon a missed wake-up is made good.
constexpr milliseconds round_max{30'000};
// After a failed commit (a full disk) or a failed read; meanwhile nothing is lost, only sent twice after a crash.
constexpr milliseconds store_retry_after{5'000};
// Of a template's failure in the record of an attempt, which stands 20 times for each group.
constexpr size_t note_characters_max = 300;
std::vector<DeliveryQueue::Target> targets_of(const std::vector<Receiver>& receivers) {
    std::vector<DeliveryQueue::Target> targets;
    for (const auto& receiver : receivers) {
        targets.push_back({.name = receiver.name,
                           .is_resolved_sent = receiver.is_resolved_sent,
                           .receiver = receiver.shown_as,
                           .alerts_max = receiver.alerts_max,
                           .is_of_file = receiver.is_of_file,
                           .is_called_only = receiver.is_called_only});
    }
    return targets;
}

const rules::templates::Definitions no_definitions;

// For the record of an attempt: the first failure, and how many more there were.
std::string note_of(const std::vector<std::string>& failures, bool is_sent) {
    const auto first = shortened(one_line(failures.front()), note_characters_max);
    const auto more = failures.size() == 1 ? std::string() : fmt::format(" (and {} more)", failures.size() - 1);
    return fmt::format("{}: {}{}", is_sent ? "a default text was sent" : "a template failed", first, more);
}

}  // namespace

Notifier::Notifier(const StateStore& store, CommitQueue& committer, Clock& clock, Random& random, Channel& channel,
                   NotifierOptions options)
    : store_(store),
      committer_(committer),
      clock_(clock),
      channel_(channel),
      options_(std::move(options)),
      world_{options_.routing == nullptr ? no_definitions : options_.routing->definitions, options_.external_url},
      queue_(targets_of(options_.receivers), random, options_.routing) {
    for (const auto& receiver : options_.receivers) {
        receivers_[receiver.name] = &receiver;
    }
    queue_.set_maintenance({*options_.maintenance, {}}, now());  // windows need no store
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

void Notifier::beat() {
    is_beat_due_ = true;
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
    const bool is_woken = has_new_rows_.exchange(false);
    if (is_woken && !(is_loaded_ ? read_new_rows() : load())) {
        has_new_rows_ = true;
        settle_again_at_ = clock_.mono() + store_retry_after;
    }
    // After the rows and before anything is sent: what was stored before an alert holds it.
    if (has_new_silences_.exchange(false)) {
        read_silences();
        read_maintenance();
    }
    // Likewise. While somebody has something in hand, or that could not be read, the end of it is looked for.
    if (is_woken || (is_any_in_hand_ && clock_.mono() >= in_hand_again_at_)) {
        read_in_hand();
    }
    if (is_loaded_) {
        send_due();
        send_beat();
    }
    settle();
    publish_status();
    const auto answers = channel_.wait(until_next(limit));
    for (const auto& answer : answers) {
        finish(answer);
    }
    if (!answers.empty()) {
        settle();
        publish_status();
    }
}

void Notifier::send_beat() {
    if (options_.heartbeat && is_beat_due_.exchange(false) && !std::exchange(is_beating_, true)) {
        channel_.start(heartbeat_flight, *options_.heartbeat);
    }
}

// Told when it turns, not for each.
void Notifier::finish_beat(const Answer& answer) {
    is_beating_ = false;
    const bool is_taken = meaning_of(answer) == Meaning::delivered;
    const auto problem = is_taken ? std::string() : problem_of(answer);
    beats_failed_ = is_taken ? 0 : beats_failed_ + 1;
    if (const auto before = std::exchange(beat_problem_, problem); before.empty() != is_taken) {
        is_taken ? log::info("notify: the heartbeat is taken again")
                 : log::warning("notify: the heartbeat does not reach its watcher: {}", problem);
    }
}

void Notifier::finish(const Answer& answer) {
    if (answer.number == heartbeat_flight) {
        return finish_beat(answer);
    }
    if (const auto refused = queue_.finish(answer, now())) {
        log::error("notify: a message is refused, and sent again later: {}", *refused);
    }
}

Request Notifier::request_for(const Delivery& delivery) {
    const auto& receiver = *receivers_.at(delivery.target);
    if (!receiver.channel.kind.empty()) {
        Telling telling(receiver, delivery.message, delivery.idempotency_key, world_, clock_.wall());
        auto made = make_request(telling);
        for (const auto& failure : telling.failures()) {
            log::error("notify: {}; the default text is sent instead", failure);
        }
        template_failures_ += telling.failures().size();
        if (!telling.failures().empty()) {
            last_template_failure_ = {clock_.wall(), fmt::format("'{}': {}", receiver.name, telling.failures().back())};
            queue_.note(delivery.number, note_of(telling.failures(), made.refused.empty()));
        }
        leave_out(delivery.done_with, made);
        return made;
    }
    auto request = request_to(receiver, {"Idempotency-Key: " + delivery.idempotency_key});
    request.body = webhook_json(delivery.message, options_.external_url);
    return request;
}

// A row holds what was so when the alert fired. It may be told hours later, or again and again, and then says what is
// so by then; of an episode that is over nothing more is known.
void Notifier::bring_up_to_date(Message& message) const {
    for (auto& one : message.alerts) {
        if (one.is_resolved) {
            continue;
        }
        const auto row = store_.get(Family::alerts, alerts::alert_key(one.alert_id)).value_or(std::nullopt);
        if (!row) {
            continue;
        }
        const auto record = alerts::decode_alert(*row);
        if (record && record->state.is_open && record->state.fired_at == one.starts_at) {
            one.annotations = record->annotations;
            one.value = record->value;
        }
    }
}

void Notifier::send_due() {
    for (auto& delivery : queue_.take_due(now())) {
        bring_up_to_date(delivery.message);
        const auto request = request_for(delivery);
        if (request.refused.empty()) {
            channel_.start(delivery.number, request);
        } else {
            Answer answer{delivery.number, 0, std::nullopt, request.refused};
            answer.is_refusal = true;
            finish(answer);
        }
    }
}

void Notifier::settle() {
    auto settled = queue_.take_settled();
    for (const auto& given_up : settled.given_up) {
        log::error("notify: gave up on alert {} for receiver '{}': {}", given_up.notification.alert_id,
                   given_up.notification.receiver, given_up.reason);
    }
    for (const auto& left_out : std::exchange(settled.left_out, {})) {
        log::error("notify: {}", left_out);
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

// Which records of attempts make way for new ones. What can't be read stays.
std::vector<std::string> Notifier::attempts_to_erase(const Settled& settled, WallTime now) {
    std::vector<std::string> all;
    Result<void> outcome;
    const auto add = [&all, &outcome](Result<std::vector<std::string>> found) {
        if (found) {
            all.insert(all.end(), found->begin(), found->end());
        } else {
            outcome = fail(found.error());
        }
    };
    for (const auto& attempt : settled.attempts) {
        add(attempts_behind(store_, attempt.to));
        attempts_untidied_bytes_ += attempt_key(attempt).size() + encode(attempt).size();
    }
    const bool is_old = !attempts_tidied_at_ || clock_.mono() - *attempts_tidied_at_ >= attempts_tidied_every;
    if (!settled.attempts.empty() && (is_old || attempts_untidied_bytes_ >= attempts_untidied_max.count)) {
        attempts_untidied_bytes_ = 0;
        attempts_tidied_at_ = clock_.mono();
        add(attempts_to_forget(store_, now));
    }
    if (!outcome) {
        log::error("notify: reading attempts: {}", outcome.error().message);
    }
    return all;
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
    const auto forgotten = attempts_to_erase(settled, at);
    const bool is_first = std::exchange(is_unrecorded_, false);
    committer_.submit(
        [settled, told, forgotten, is_first, at](StoreBatch& batch) {
            for (const auto& key : forgotten) {
                batch.erase(Family::outbox, key);
            }
            for (const auto& attempt : settled.attempts) {
                batch.put(Family::outbox, attempt_key(attempt), encode(attempt));
            }
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
    status.template_failures = template_failures_;
    status.last_template_failure = last_template_failure_;
    for (const auto& target : queue_.targets()) {
        const auto& receiver = *receivers_.at(target.name);
        status.targets.push_back({target.name, address_of(receiver.url), target.failures, target.last_problem,
                                  receiver.shown_as.empty() ? receiver.name : receiver.shown_as});
    }
    if (options_.heartbeat) {
        status.heartbeat = {"heartbeat", address_of(options_.heartbeat->url), beats_failed_, beat_problem_};
    }
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
}

}  // namespace vigie::controller::notify

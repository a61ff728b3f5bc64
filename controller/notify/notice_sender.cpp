// The round: outbox -> queue -> channel -> queue -> committer.
#include "controller/notify/notice_sender.hpp"

#include <algorithm>

#include "controller/notify/channels/channels.hpp"
#include "controller/store/keys.hpp"
#include "shared/core/assert.hpp"
#include "shared/crypto/restic_hash.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller::notify {
namespace {

// The longest a round waits; nothing depends on it but how soon a missed wake-up is made good.
constexpr milliseconds round_max{30'000};
// After a failed read or commit; meanwhile nothing is lost.
constexpr milliseconds store_retry_after{5'000};

std::vector<NoticeTarget> targets_of(const std::vector<Receiver>& receivers) {
    std::vector<NoticeTarget> targets;
    for (const auto& receiver : receivers) {
        targets.push_back({receiver.name, receiver.shown_as.empty() ? receiver.name : receiver.shown_as});
    }
    return targets;
}

// What the channels' own texts are of a notice: nothing fires, and the text says all.
constexpr std::string_view texts = R"tmpl(
{{- define "vigie.title" -}}{{ .CommonAnnotations.summary }}{{- end }}
{{- define "vigie.text" -}}{{ .CommonAnnotations.description }}{{- end }}
{{- define "vigie.lines" -}}<pre>{{ .CommonAnnotations.description }}</pre>{{- end }}
{{- define "vigie.html" -}}
<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{ template "vigie.title" . }}</title></head>
<body style="font-family:sans-serif">
<h3>{{ template "vigie.title" . }}</h3>
<pre>{{ .CommonAnnotations.description }}</pre>
</body></html>
{{ end }}
)tmpl";

rules::templates::Definitions definitions_of(const routing::Routing* routing) {
    rules::templates::Definitions all;
    if (routing != nullptr) {
        all = routing->definitions;
    }
    VIGIE_ASSERT(rules::templates::parse_block(texts, rules::templates::Dialect::alertmanager, &all).has_value());
    return all;
}

// Fit for each channel's place for a key: ntfy takes 64 letters and digits, a boundary of MIME 70 characters without %.
std::string channel_key(std::string_view idempotency_key) {
    std::string hex;
    for (const auto byte : sha256(idempotency_key)) {
        hex += fmt::format("{:02x}", byte);
    }
    return hex.substr(0, 32);
}

}  // namespace

NoticeSender::NoticeSender(const StateStore& store, CommitQueue& committer, Clock& clock, Random& random,
                           Channel& channel, std::vector<Receiver> receivers, const routing::Routing* routing,
                           std::string external_url)
    : store_(store),
      committer_(committer),
      clock_(clock),
      channel_(channel),
      receivers_(std::move(receivers)),
      definitions_(definitions_of(routing)),
      world_{definitions_, std::move(external_url)},
      queue_(targets_of(receivers_), random) {}

NoticeSender::~NoticeSender() {
    stop();
}

void NoticeSender::start() {
    thread_ = std::thread([this] {
        while (!is_stopping_) {
            turn(round_max);
        }
    });
}

void NoticeSender::wake() {
    has_new_ = true;
    channel_.wake();
}

void NoticeSender::stop() {
    is_stopping_ = true;
    channel_.wake();
    if (thread_.joinable()) {
        thread_.join();
    }
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [this] { return submitted_ == 0; });
}

NoticeQueue::Counts NoticeSender::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

NoticeTroubles NoticeSender::troubles() const {
    const std::lock_guard lock(mutex_);
    return troubles_;
}

void NoticeSender::turn(milliseconds limit) {
    if (read_again_at_ && clock_.mono() >= *read_again_at_) {
        read_again_at_.reset();
        has_new_ = true;
    }
    if (has_new_.exchange(false) && !read_new()) {
        read_again_at_ = clock_.mono() + store_retry_after;
    }
    send_due();
    settle();
    for (const auto& answer : channel_.wait(until_next(limit))) {
        queue_.finish(answer, clock_.mono());
    }
    settle();
}

void NoticeSender::send_due() {
    for (const auto& delivery : queue_.take_due(clock_.mono())) {
        const auto request = request_for(delivery);
        if (request.refused.empty()) {
            channel_.start(delivery.number, request);
        } else {
            Answer answer{delivery.number, 0, std::nullopt, request.refused};
            answer.is_refusal = true;
            queue_.finish(answer, clock_.mono());
        }
    }
}

bool NoticeSender::read_marks() {
    marks_.clear();
    const auto read =
        store_.scan(Family::outbox, "w", keys::after_prefix("w"), [this](std::string_view key, std::string_view) {
            if (auto told = read_told_notice_key(key)) {
                marks_[told->row].insert(std::move(told->target));
            } else {
                log::error("notify: {}", told.error().message);
            }
            return true;
        });
    if (!read) {
        log::error("notify: reading which notices were told: {}", read.error().message);
    }
    return read.has_value();
}

bool NoticeSender::read_new() {
    has_marks_ = has_marks_ || read_marks();
    if (!has_marks_) {
        return false;
    }
    const auto read =
        store_.scan(Family::outbox, notice_key(next_row_), keys::after_prefix("m"),
                    [this](std::string_view key, std::string_view row) {
                        const auto number = read_notice_key(key);
                        const auto notice = decode_notice(row);
                        if (!number || !notice) {
                            // It stays where it is, for someone to look at; the others go out.
                            log::error("notify: {}", (number ? notice.error() : number.error()).message);
                        } else {
                            const auto told = marks_.extract(*number);
                            queue_.add(*number, *notice, told.empty() ? std::set<std::string>() : told.mapped());
                        }
                        next_row_ = number ? *number + 1 : next_row_;
                        return true;
                    });
    if (!read) {
        log::error("notify: reading notices: {}", read.error().message);
    }
    return read.has_value();
}

// Whoever answers by itself to what a program wrote is asked not to.
Request NoticeSender::request_for(const NoticeDelivery& delivery) {
    const auto& receiver = *std::find_if(receivers_.begin(), receivers_.end(),
                                         [&](const Receiver& one) { return one.name == delivery.target; });
    if (!receiver.channel.kind.empty()) {
        const auto message = message_of(delivery.notice);
        Telling telling(receiver, message, channel_key(delivery.notice.idempotency_key), world_, clock_.wall());
        auto made = make_request(telling);
        for (const auto& failure : telling.failures()) {
            log::error("notify: {}; the default text is sent instead", failure);
            const std::lock_guard lock(mutex_);
            troubles_.template_failure = {clock_.wall(), fmt::format("'{}': {}", receiver.name, failure)};
        }
        leave_out(delivery.done_with, made);
        return made;
    }
    auto request = request_to(receiver, {"Idempotency-Key: " + delivery.notice.idempotency_key,  //
                                         "Auto-Submitted: auto-generated"});
    request.body = delivery.notice.json;
    return request;
}

void NoticeSender::tell_of_targets() {
    for (const auto& lost : queue_.take_lost()) {
        log::error("notify: gave up on telling '{}' of {}: {}", lost.target, lost.about, lost.reason);
        const std::lock_guard lock(mutex_);
        ++troubles_.lost;
        troubles_.last_lost = lost;
        troubles_.last_lost_at = clock_.wall();
    }
    for (const auto& turn : queue_.take_turns()) {
        if (turn.problem.empty()) {
            log::info("notify: '{}' takes notices again", turn.target);
        } else {
            log::warning("notify: '{}' does not take a notice, and is asked again: {}", turn.target, turn.problem);
        }
    }
}

void NoticeSender::Settled::add(Settled&& other) {
    done.insert(done.end(), other.done.begin(), other.done.end());
    std::move(other.told.begin(), other.told.end(), std::back_inserter(told));
    std::move(other.forgotten.begin(), other.forgotten.end(), std::back_inserter(forgotten));
}

// What is told comes before what is forgotten: one notice may be in both.
void NoticeSender::Settled::put(StoreBatch& batch) const {
    for (const auto& one : told) {
        batch.put(Family::outbox, told_notice_key(one), "");
    }
    for (const auto& one : forgotten) {
        batch.erase(Family::outbox, told_notice_key(one));
    }
    for (const auto row : done) {
        batch.erase(Family::outbox, notice_key(row));
    }
}

void NoticeSender::settle() {
    tell_of_targets();
    Settled settled{queue_.take_done(), queue_.take_told(), queue_.take_forgotten()};
    {
        const std::lock_guard lock(mutex_);
        counts_ = queue_.counts();
        troubles_.failing = queue_.failing();
        settled.add(std::exchange(unsaved_, {}));
        submitted_ += settled.is_empty() ? 0 : 1;
    }
    if (settled.is_empty()) {
        return;
    }
    committer_.submit([settled](StoreBatch& batch) { settled.put(batch); },
                      [this, settled](const Result<void>& committed) {
                          const std::lock_guard lock(mutex_);
                          if (!committed) {
                              unsaved_.add(Settled(settled));  // with the next round, in half a minute at the latest
                          }
                          --submitted_;
                          settled_.notify_all();  // under the lock: stop() may destroy this right after
                      });
}

milliseconds NoticeSender::until_next(milliseconds limit) const {
    const auto now = clock_.mono();
    auto next = queue_.next_due();
    if (read_again_at_) {
        next = next ? std::min(*next, *read_again_at_) : read_again_at_;
    }
    // Rounded up: a wait that ends just before the time would go round and round.
    return next ? std::clamp(std::chrono::ceil<milliseconds>(*next - now), milliseconds{0}, limit) : limit;
}

}  // namespace vigie::controller::notify

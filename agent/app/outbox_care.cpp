// Failures to events.
#include "agent/app/outbox_care.hpp"

#include <array>
#include <utility>

#include "protocol/codec/codec.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {

void OutboxCare::check() {
    if (const auto checked = state_.check_files(); !checked) {
        note_failure(checked.error());
    }
    tell_notices();
    flush();
}

void OutboxCare::note_reading(const Result<uint64_t>& kept) {
    if (kept) {
        trouble_.clear();
        if (readings_lost_ > 0) {
            tell(clock_.wall(), protocol::EventSeverity::error,
                 fmt::format("{} readings between {} and {} could not be kept: {}", std::exchange(readings_lost_, 0),
                             to_rfc3339(first_lost_at_), to_rfc3339(last_lost_at_), why_lost_));
        }
        return flush();
    }
    if (kept.error().code != ErrorCode::too_large) {
        last_lost_at_ = clock_.wall();
        first_lost_at_ = readings_lost_++ == 0 ? last_lost_at_ : first_lost_at_;
        why_lost_ = kept.error().message;
    }
    note_failure(kept.error().at("a reading is lost"));
}

void OutboxCare::note_failure(const Error& error) {
    if (error.message != trouble_) {
        trouble_ = error.message;
        log::warning("{}", error.message);
    }
    if (error.code != ErrorCode::corrupt) {
        return;
    }
    if (const auto replaced = state_.replace_damaged(error); !replaced) {
        return callbacks_.cannot_go_on(replaced.error());
    }
    callbacks_.replaced();
    tell_notices();
    flush();
}

void OutboxCare::note_renewal(protocol::Stream stream) {
    static constexpr std::array<std::string_view, protocol::streams_count> names{"results", "metrics", "logs"};
    tell(clock_.wall(), protocol::EventSeverity::warning,
         fmt::format(
             "the controller has other {} of this host than its outbox: the host was set back to an older image, "
             "or its outbox lost its newest entries. What is here and not acknowledged is sent under new "
             "numbers; what was numbered in between and never sent is lost",
             names.at(static_cast<size_t>(stream))));
    // Told with the next check: this one is called in the middle of the link's work on the outbox.
}

void OutboxCare::note_event(std::string source, protocol::EventSeverity severity, std::string message) {
    tell(clock_.wall(), severity, std::move(message), std::move(source));
}

void OutboxCare::tell(WallTime at, protocol::EventSeverity severity, std::string message, std::string source) {
    if (severity == protocol::EventSeverity::error) {
        log::error("{}", message);
    } else {
        log::warning("{}", message);
    }
    if (events_.size() == events_max) {
        events_.pop_front();
    }
    events_.push_back({at, severity, std::move(source), std::move(message)});
}

void OutboxCare::tell_notices() {
    for (auto& notice : state_.take_notices()) {
        tell(notice.at, notice.is_loss ? protocol::EventSeverity::error : protocol::EventSeverity::warning,
             std::move(notice.message));
    }
}

void OutboxCare::flush() {
    bool has_appended = false;
    for (; !events_.empty(); events_.pop_front()) {
        const auto& event = events_.front();
        const auto kept = state_.outbox().append(protocol::Stream::logs,
                                                 protocol::encode_entry(protocol::Entry{protocol::HostEvent{
                                                     unix_ms(event.at), event.severity, event.source, event.message}}));
        if (!kept) {
            break;  // the next call tries again
        }
        has_appended = true;
    }
    if (has_appended) {
        callbacks_.appended(protocol::Stream::logs);
    }
}

}  // namespace vigie::agent

// To HostEvents.
#include "agent/app/check_events.hpp"

#include "protocol/codec/codec.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {

protocol::EventSeverity severity_of(CheckStatus status) {
    switch (status) {
        case CheckStatus::ok:
            return protocol::EventSeverity::info;
        case CheckStatus::critical:
            return protocol::EventSeverity::error;
        case CheckStatus::warning:
        case CheckStatus::unknown:
            return protocol::EventSeverity::warning;
    }
    return protocol::EventSeverity::warning;
}

std::string entry_of(const CheckEvent& event) {
    return protocol::encode_entry(protocol::Entry{
        protocol::HostEvent{unix_ms(event.at), severity_of(event.status), "check:" + event.check, event.message}});
}

}  // namespace

void CheckEvents::tell(const CheckEvent& event) {
    if (events_.size() == events_max) {
        log::error("check {}: an event is lost: {} others wait for the outbox", events_.front().check, events_max);
        events_.pop_front();
    }
    events_.push_back(event);
    flush();
}

void CheckEvents::flush() {
    bool has_appended = false;
    for (; !events_.empty(); events_.pop_front()) {
        const auto kept = outbox_().append(protocol::Stream::results, entry_of(events_.front()));
        if (!kept) {
            if (trouble_ != kept.error().message) {
                trouble_ = kept.error().message;
                log::warning("events of checks wait: {}", trouble_);
            }
            break;
        }
        trouble_.clear();
        has_appended = true;
    }
    if (has_appended) {
        appended_();
    }
}

}  // namespace vigie::agent

// To HostEvents.
#include "agent/app/error_events.hpp"

#include "protocol/codec/codec.hpp"
#include "shared/core/harmless.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {

// Somebody else's text, still in lines.
std::string harmless_lines(std::string_view text) {
    std::string lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines += lines.empty() ? "" : "\n";
        std::string line(text.substr(0, end));
        std::replace(line.begin(), line.end(), '\t', ' ');
        lines += harmless(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string sentence_of(const protocol::LogErrors& errors) {
    const bool has_type = !errors.exception.empty() && errors.message.find(errors.exception) == std::string::npos;
    return fmt::format("{}: {}{}{}{}", errors.file, errors.exception.substr(0, has_type ? std::string::npos : 0),
                       has_type ? ": " : "", errors.message,
                       errors.count > 1 ? fmt::format(" ({} times)", errors.count) : "");
}

}  // namespace

protocol::HostEvent event_of(const errors::ErrorReport& report) {
    const auto& sample = report.sample;
    const auto severity =
        sample.level >= errors::Level::error ? protocol::EventSeverity::error : protocol::EventSeverity::warning;
    protocol::LogErrors errors{.fingerprint = report.fingerprint,
                               .severity = severity,
                               .is_flood = report.is_flood,
                               .file = harmless(report.file),
                               .count = report.count,
                               .first_seen_unix_ms = unix_ms(report.first_seen),
                               .last_seen_unix_ms = unix_ms(report.last_seen),
                               .message = harmless(sample.message),
                               .logger = harmless(sample.logger),
                               .exception = harmless(sample.exception),
                               .stack = harmless_lines(sample.stack),
                               .code_file = harmless(sample.place.file),
                               .code_line = sample.place.line,
                               .function = harmless(sample.place.function),
                               .method = harmless(sample.request.method),
                               .url = harmless(sample.request.url),
                               .client = harmless(sample.request.client)};
    auto sentence = sentence_of(errors);
    return {.at_unix_ms = errors.last_seen_unix_ms,
            .severity = severity,
            .source = "errors",
            .message = std::move(sentence),
            .errors = {std::move(errors)}};
}

void ErrorEvents::tell(const errors::ErrorReport& report) {
    if (events_.size() == events_max) {
        log::error("{}: errors are not told: {} others wait for the outbox", events_.front().errors.front().file,
                   events_max);
        events_.pop_front();
    }
    events_.push_back(event_of(report));
    flush();
}

void ErrorEvents::flush() {
    bool has_appended = false;
    for (; !events_.empty() && outbox_().unacked_rows(protocol::Stream::logs) < unacked_max; events_.pop_front()) {
        const auto kept =
            outbox_().append(protocol::Stream::logs, protocol::encode_entry(events_.front()), Durability::relaxed);
        if (!kept) {
            if (trouble_ != kept.error().message) {
                trouble_ = kept.error().message;
                log::warning("errors of logs wait: {}", trouble_);
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

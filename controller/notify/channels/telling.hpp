// What a channel's request is made of: the message, and the texts that the receiver's templates make of it.
#pragma once
#include "controller/notify/message.hpp"
#include "controller/notify/receiver.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::notify {

// What all messages have in common.
struct ChannelWorld {
    const rules::templates::Definitions& definitions;  // that templates can include
    std::string external_url;
};

// The last text that was sent as the default, since its template failed.
struct TemplateFailure {
    std::optional<WallTime> at{};  // nothing: there was none since the start
    std::string what{};
};

class Telling {
  public:
    // All of them outlive it. `key`: idempotency key, the same for every attempt at the message.
    Telling(const Receiver& receiver, const Message& message, std::string key, const ChannelWorld& world, WallTime now);

    const routing::ChannelConfig& channel() const { return receiver_.channel; }
    const Receiver& receiver() const { return receiver_; }
    const Message& message() const { return message_; }
    const std::string& key() const { return key_; }
    // The same for a place that takes little: itself where it is at most 60 of A-Z a-z 0-9 - _, else 32 hex digits.
    std::string short_key() const;
    const std::string& external_url() const { return world_.external_url; }
    WallTime now() const { return now_; }
    bool is_firing() const { return is_firing_; }
    // SHA-256 of the group's key, as 64 hex digits: what names its incident, also to Alertmanager's own integrations.
    std::string group_hash() const;

    // The template of a key filled in, in valid UTF-8; `escape` holds for values, the template's own text stays. Where
    // it fails: the channel's default text as it is shipped, and the failure is noted.
    std::string text(const std::string& key, rules::Escape escape = nullptr);
    std::map<std::string, std::string> map(const std::string& key);
    std::vector<std::map<std::string, std::string>> rows(const std::string& key, rules::Escape escape = nullptr);
    // Of the definition with this name, with what stands under `data`.
    std::string defined(const std::string& name, std::string_view data = ".");

    // One sentence for each template that failed.
    const std::vector<std::string>& failures() const { return failures_; }

  private:
    std::optional<std::string> filled_in(const rules::Template& text, const std::string& key, rules::Escape escape);
    std::string shipped(std::string_view text, const std::string& key, rules::Escape escape);

    const Receiver& receiver_;
    const Message& message_;
    std::string key_;
    const ChannelWorld& world_;
    WallTime now_;
    bool is_firing_;
    rules::templates::Arena arena_;
    rules::templates::Fields data_;
    alerts::Labels common_labels_;
    alerts::Labels common_annotations_;
    std::vector<std::string> failures_;
};

}  // namespace vigie::controller::notify

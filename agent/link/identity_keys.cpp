// What a message about keys makes of the files, and what is answered.
#include "agent/link/identity_keys.hpp"

#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {
using protocol::KeyChange;
using protocol::KeyStep;

void tell_failure(const Result<void>& done) {
    if (!done) {
        log::error("keys: {}", done.error().message);
    }
}

KeyChange made(const protocol::KeyPair& pair) {
    return {.step = KeyStep::made, .public_key = pair.public_key, .message = {}};
}
}  // namespace

Result<IdentityKeys> IdentityKeys::open(Files& files, const std::string& folder, Identity identity) {
    VIGIE_TRY(auto host, HostKeys::open(files, folder));
    return IdentityKeys(files, folder, std::move(host), PinnedKeys::open(files, folder, std::move(identity)));
}

// A key that was made and whose answer never came is offered again.
LinkKeys::Answer IdentityKeys::on_established() {
    tell_failure(host_.settle());
    tell_failure(pinned_.settle());
    Answer answer;
    if (host_.next()) {
        answer.say.emplace_back(made(*host_.next()));
    }
    return answer;
}

LinkKeys::Answer IdentityKeys::on_told(const protocol::KeyMessage& message) {
    if (const auto* change = std::get_if<KeyChange>(&message)) {
        return on_change(*change);
    }
    const auto& told = std::get<protocol::ControllerKey>(message);
    tell_failure(pinned_.told(told.current, told.next));
    Answer answer;
    answer.say.emplace_back(protocol::ControllerKey{.current = pinned_.current(), .next = pinned_.next()});
    return answer;
}

LinkKeys::Answer IdentityKeys::on_change(const KeyChange& change) {
    Answer answer;
    switch (change.step) {
        case KeyStep::make:
            return make();
        case KeyStep::accepted: {
            const auto adopted = host_.adopt(change.public_key);
            if (!adopted) {
                log::error("keys: {}; the key stays as it was", adopted.error().message);
            } else if (*adopted) {
                log::info("this host's key is {} now", protocol::fingerprint_of(host_.offered().public_key));
                answer.reconnect_because = "this host's key was replaced";
            }
            return answer;
        }
        case KeyStep::refused:
            log::warning("keys: the controller refuses this host's new key: {}", change.message);
            host_.drop_next(change.public_key);
            return answer;
        case KeyStep::made:
            return answer;  // only agents say it
    }
    return answer;
}

LinkKeys::Answer IdentityKeys::make() {
    Answer answer;
    const auto key = host_.make_next();
    if (key) {
        answer.say.emplace_back(made(*host_.next()));
    } else {
        log::error("keys: {}; the key stays as it was", key.error().message);
        answer.say.emplace_back(KeyChange{.step = KeyStep::refused, .public_key = {}, .message = key.error().message});
    }
    return answer;
}

}  // namespace vigie::agent

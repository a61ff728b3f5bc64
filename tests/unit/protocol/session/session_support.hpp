// Short ways to say what happens to a session and to ask what it did.
#pragma once
#include <optional>
#include <vector>

#include "protocol/session/agent_session.hpp"
#include "protocol/session/controller_session.hpp"

namespace vigie::protocol {

// `random` of one half makes every back-off half of its limit.
inline Moment at(milliseconds since_start, uint64_t random = uint64_t{1} << 63) {
    return Moment{.mono = MonoTime{} + since_start, .wall = wall_from_unix_ms(since_start.count()), .random = random};
}

// All actions of one kind, in order.
template <typename T, typename Actions>
std::vector<T> all_of(const Actions& actions) {
    std::vector<T> found;
    for (const auto& action : actions) {
        if (const auto* each = std::get_if<T>(&action)) {
            found.push_back(*each);
        }
    }
    return found;
}

// All messages with a body of one kind, in order.
template <typename T, typename Actions>
std::vector<Message> messages_of(const Actions& actions) {
    std::vector<Message> found;
    for (const auto& action : actions) {
        const Message* message = nullptr;
        if constexpr (std::is_same_v<Actions, AgentActions>) {
            const auto* send = std::get_if<SendMessage>(&action);
            message = send == nullptr ? nullptr : &send->message;
        } else {
            const auto* send = std::get_if<SendTo>(&action);
            message = send == nullptr ? nullptr : &send->message;
        }
        if (message != nullptr && std::holds_alternative<T>(message->body)) {
            found.push_back(*message);
        }
    }
    return found;
}

}  // namespace vigie::protocol

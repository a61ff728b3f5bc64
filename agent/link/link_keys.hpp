// The keys that a connection is made with, and what becomes of them while sessions come and go. Not how they are kept.
#pragma once
#include <string>
#include <vector>

#include "protocol/messages/messages.hpp"
#include "protocol/transport/keys.hpp"

namespace vigie::agent {

class LinkKeys {
  public:
    struct Answer {
        std::vector<protocol::KeyMessage> say;
        std::string reconnect_because;  // "": the session stays
    };

    virtual ~LinkKeys() = default;
    // For the next connection: the host's own pair, and the controller's public key.
    virtual const protocol::KeyPair& own() const = 0;
    virtual const std::string& controller() const = 0;
    // Somebody listens who does not hold controller()'s secret.
    virtual void on_not_shaken() = 0;
    // The controller does not let own() in. True: another pair is worth trying at once.
    virtual bool on_refused() = 0;
    // A session began on a connection made with these keys.
    virtual Answer on_established() = 0;
    virtual Answer on_told(const protocol::KeyMessage& message) = 0;
};

}  // namespace vigie::agent

// The controller's public keys that this host trusts: the current one, in identity.yaml, and the next one, which the
// controller told in a session and which stands in `controller.next` beside it (agents that know no next key pass over
// that file). Whoever does not hold the secret of one of them is not spoken to.
#pragma once
#include <string>

#include "agent/link/enrol.hpp"

namespace vigie::agent {

class PinnedKeys {
  public:
    // Keeps `files`. A `controller.next` that makes no sense is left aside.
    static PinnedKeys open(Files& files, const std::string& folder, Identity identity);

    const std::string& offered() const { return is_next_offered_ ? next_ : identity_.controller_key; }
    const std::string& current() const { return identity_.controller_key; }
    const std::string& next() const { return next_; }

    // Whoever listens does not hold offered(): the other one's turn.
    void on_not_shaken() { is_next_offered_ = !next_.empty() && !is_next_offered_; }
    // A session was made with what is offered: when it is the next key, it is the current one from now on.
    Result<void> settle();
    // What the controller says of its keys, in a session made with offered(). Passed over unless `current` is that one.
    Result<void> told(const std::string& current, const std::string& next);

  private:
    PinnedKeys(Files& files, std::string folder, Identity identity)
        : files_(&files), folder_(std::move(folder)), identity_(std::move(identity)) {}

    Files* files_;
    std::string folder_;
    Identity identity_;  // without the host's own keys
    std::string next_;
    bool is_next_offered_ = false;
};

// By hand, where the host has missed a change: from now on `key` is trusted, and nothing else. The file keeps its
// owner. not_found when the host is not enrolled; malformed when that is no key.
Result<void> trust_controller(Files& files, const std::string& folder, const std::string& key);

}  // namespace vigie::agent

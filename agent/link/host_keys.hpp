// The host's own key pair on disk, and its replacement. In the identity's folder:
//   agent.key       the pair that is offered
//   agent.key.next  a pair that was made and offered to the controller, which has not accepted it yet
//   agent.key.old   the pair before, until a session was made with agent.key: should the controller have been set back
//   to
//                   a time when it did not know that one, this one still works
// Each is written whole or not at all, so that after a crash one of them is a key that the controller lets in.
#pragma once
#include <optional>
#include <string>

#include "protocol/transport/keys.hpp"
#include "shared/core/error.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {

std::string host_key_path(const std::string& folder);

class HostKeys {
  public:
    // Keeps `files`. Fails as load_key_pair does when agent.key can't be used; what stands beside it is no hindrance.
    static Result<HostKeys> open(Files& files, const std::string& folder);

    const protocol::KeyPair& offered() const { return is_old_offered_ ? *old_ : current_; }
    const std::optional<protocol::KeyPair>& next() const { return next_; }

    // Makes the next pair, or takes the one that is there, and gives its public half: it is on disk then.
    Result<std::string> make_next();
    // The controller lets this key in: it is offered from now on. False when it is not the next one's.
    Result<bool> adopt(std::string_view public_key);
    // The controller does not want it.
    void drop_next(std::string_view public_key);
    // What is offered was refused. True: the other pair is offered from now on.
    bool on_refused();
    // A session was made with what is offered: it is the one that stays.
    Result<void> settle();

  private:
    HostKeys(Files& files, std::string path) : files_(&files), path_(std::move(path)) {}
    std::optional<protocol::KeyPair> load_beside(const std::string& path) const;
    void remove(const std::string& path) const;
    std::string old_path() const { return path_ + ".old"; }
    std::string next_path() const { return path_ + ".next"; }

    Files* files_;
    std::string path_;
    protocol::KeyPair current_;
    std::optional<protocol::KeyPair> old_;
    std::optional<protocol::KeyPair> next_;
    bool is_old_offered_ = false;
};

}  // namespace vigie::agent

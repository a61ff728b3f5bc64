// The controller's own key pair, `controller.key` in its state folder. Agents pin its public half when they are
// enrolled, so a new one locks out every agent that trusts the old: it is made by itself only for a store that nobody
// was enrolled in. To replace it, a next one is made beside it, `controller.key.next`, which agents learn over their
// sessions; a switch makes that one the own key, and keeps the one before as `controller.key.old`.
#pragma once
#include "controller/store/state_store.hpp"
#include "protocol/transport/keys.hpp"

namespace vigie::controller {

std::string own_key_path(const std::string& state_dir);

// Reads the pair, or makes it on the first start. not_found: the file is gone while hosts are enrolled; the message
// says what to do.
Result<protocol::KeyPair> load_or_make_keys(Files& files, const std::string& state_dir, const StateStore& store);

// `vigie-controller key make`: puts a new pair where none is, and gives its public half. exists: there is one already.
Result<std::string> make_own_key(Files& files, const std::string& state_dir);

// The public half of the next pair; "" when there is none.
Result<std::string> next_own_key(Files& files, const std::string& state_dir);
// The pair becomes the next one, unless there is one already. Gives the next one's public half: it is on disk then.
Result<std::string> make_next_own_key(Files& files, const std::string& state_dir,
                                      const protocol::KeyPair& pair = protocol::make_key_pair());
// The next pair becomes the own one, on disk. conflict when there is none. After an error the own one is what it was.
Result<protocol::KeyPair> switch_own_key(Files& files, const std::string& state_dir);

// Whether the folder that a running controller has open still stands where its configuration says. Any thread.
class StateFolder {
  public:
    // Remembers the folder's store as it is now; io when it cannot be looked at.
    static Result<StateFolder> open(Files& files, const std::string& state_dir);
    // What is wrong with it now, for a person: "" when all is in its place.
    std::string problem() const;

  private:
    StateFolder(Files& files, std::string state_dir) : files_(&files), state_dir_(std::move(state_dir)) {}
    Files* files_;
    std::string state_dir_;
    uint64_t device_ = 0;
    uint64_t inode_ = 0;
};

}  // namespace vigie::controller

// What is said of keys over sessions: hosts are asked for new keys, their answers are stored and acknowledged, and all
// learn of the controller's next key. Decisions are host_keys', made inside the commit that stores them; what is told
// to hosts and to the ZAP thread follows the commit. On the link's thread.
#pragma once
#include <memory>
#include <set>
#include <unordered_map>

#include "controller/link/host_keys.hpp"
#include "controller/link/hub.hpp"
#include "controller/link/mailbox.hpp"
#include "controller/store/committer.hpp"
#include "protocol/transport/key_table.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

class KeyChanges final : public KeyListener {
  public:
    // Keeps the references.
    KeyChanges(const StateStore& store, CommitQueue& commits, std::shared_ptr<Mailbox> mailbox,
               protocol::KeyTable& table, Hub& hub, LinkObserver& observer, const Clock& clock);

    // From the store, before the first session.
    Result<void> load();
    // The controller's public keys: told to each session that begins, and now to those that are up.
    void announce(std::string current, std::string next);
    // After the commits that say so.
    void enrolled(const AgentId& agent, const std::string& public_key);
    // Exactly these keys are barred: a host that was enrolled anew meanwhile has another one, and keeps it.
    void revoked(const AgentId& agent, const std::vector<std::string>& public_keys);
    void rotation_asked(const AgentId& agent);
    // Once a second: what hosts said too soon gets its turn.
    void on_tick();
    // Somebody holds a key that was the agent's and is barred.
    void former_key_offered(const AgentId& agent, const std::string& public_key, const std::string& address);

    // KeyListener
    void session_opened(const AgentId& agent, const std::string& key, uint8_t version) override;
    void told(const AgentId& agent, const protocol::KeyMessage& message) override;

  private:
    // Hosts' words that make the committer work: of each kind one at a time, at least change_interval apart, so that a
    // host that goes on saying them takes nothing from the others. What comes meanwhile waits, the newest alone.
    struct Turn {
        bool is_under_way = false;
        MonoTime next_at{};
        std::optional<std::string> waiting{};
    };
    struct Known {
        std::string key;
        std::string next_key{};
        std::string controller_next{};
        bool is_rotation_asked = false;
        std::string session_key{};  // that its newest session was made with
        bool is_retiring = false;
        Turn offer{};  // of next keys
        Turn held{};   // what it keeps of the controller's keys
        MonoTime next_complaint_at{};

        bool uses_next() const { return !next_key.empty() && session_key == next_key; }
    };
    void on_step(const AgentId& agent, const protocol::KeyChange& change);
    void on_complaint(const AgentId& agent, const std::string& why);
    void on_made(const AgentId& agent, const std::string& public_key);
    void on_held(const AgentId& agent, const std::string& next);
    bool take_turn(const AgentId& agent, Turn& turn, const std::string& word);
    void end_turn(Turn& turn);
    void take_next(const AgentId& agent, const std::string& public_key);
    void note_held(const AgentId& agent, const std::string& next);
    void on_next_taken(const AgentId& agent, const std::string& public_key, const Result<NextKeyVerdict>& verdict);
    void retire_old(const AgentId& agent, const std::string& used_key);
    void on_retire_ended(const AgentId& agent, const std::string& used_key,
                         const Result<std::optional<std::string>>& old);
    void on_retired(const AgentId& agent, Known& keys, const std::string& used_key, const std::string& old_key);
    protocol::Moment now() const { return {.mono = clock_.mono(), .wall = clock_.wall(), .random = 0}; }
    void tell(const AgentId& agent, protocol::KeyMessage message);
    void tell_controller_keys(const AgentId& agent);
    Known* known(const AgentId& agent);

    const StateStore& store_;
    CommitQueue& commits_;
    // Commits may end after this is gone: they reach it through the mailbox only, which the link's thread closes first.
    std::shared_ptr<Mailbox> mailbox_;
    protocol::KeyTable& table_;
    Hub& hub_;
    LinkObserver& observer_;
    const Clock& clock_;
    std::unordered_map<AgentId, Known> known_;
    std::set<AgentId> waiting_;  // with a word that waits for its turn
    std::string current_;
    std::string next_;
};

}  // namespace vigie::controller

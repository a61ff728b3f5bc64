// The hosts' keys from enrolment on: replacing one, revoking it, removing its host. Pure decisions over the store: each
// adds to a batch for the committer and sees what the batch holds already. No sockets, no sessions (key_changes.hpp).
//
// A rotation: an operator asks (ask_rotation); the host makes a key, and from then on both are let in (take_next_key);
// the first session made with the new one bars the old (retire_old_key). Whatever dies in between, one key works. A
// wish is good for one key: a host that wants another one in its place must be asked again.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/link/records.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller {

Result<std::vector<AgentRecord>> list_agents(const StateStore& store);

// Public key -> agent: what the ZAP thread needs.
struct KnownKeys {
    std::unordered_map<std::string, AgentId> let_in;
    std::unordered_map<std::string, AgentId> barred;
};
Result<KnownKeys> load_keys(const StateStore& store);

// not_found, which says where to look, when there is no such agent.
Result<AgentRecord> agent_record(const StateStore& store, const StoreBatch& batch, const AgentId& agent);
// The agent that holds the key, as its own or as its next one.
Result<std::optional<AgentId>> holder_of_key(std::string_view public_key, const StateStore& store,
                                             const StoreBatch& batch);
Result<std::optional<BarredKey>> barred_key(std::string_view public_key, const StateStore& store,
                                            const StoreBatch& batch);

struct Revocation {
    AgentRecord record;             // as it is then
    std::vector<std::string> keys;  // that it had
};
// The agent's keys are no longer let in, and its name is free for another. The link must be told too:
// LinkThread::revoke. not_found when there is none, conflict when it is revoked already.
Result<Revocation> revoke_agent(const StateStore& store, const AgentId& agent, WallTime now, StoreBatch& batch);
// The same, and the agent is forgotten; one that was revoked before, too.
Result<Revocation> remove_agent(const StateStore& store, const AgentId& agent, WallTime now, StoreBatch& batch);

// conflict when the agent is revoked. Asking again changes nothing, unless a next key was accepted meanwhile: that one
// may be replaced then.
Result<AgentRecord> ask_rotation(const StateStore& store, const AgentId& agent, WallTime now, StoreBatch& batch);

struct NextKeyVerdict {
    std::string refusal;    // "" when the key is let in besides the current one
    std::string replaced;   // another next key, which was never used and is nobody's now; "" when there was none
    bool is_asked = false;  // the host is still to be asked for a key
};
// The agent offers `public_key` in a session made with `used_key`. Looks through all agents only when the key was asked
// for, so that no host makes the controller do it on and on.
Result<NextKeyVerdict> take_next_key(const StateStore& store, const AgentId& agent, std::string_view used_key,
                                     std::string_view public_key, StoreBatch& batch);
// A session was made with `used_key`. When that is the next key it becomes the agent's own, and the one before is given
// back, barred; else nothing changes and nothing is given.
Result<std::optional<std::string>> retire_old_key(const StateStore& store, const AgentId& agent,
                                                  std::string_view used_key, WallTime now, StoreBatch& batch);
// The agent says which next key of the controller's it keeps.
Result<void> note_controller_key(const StateStore& store, const AgentId& agent, const std::string& next,
                                 StoreBatch& batch);

}  // namespace vigie::controller

// The operators' verbs for tokens, hosts' keys and the controller's own key. As the other answers: over interfaces, on
// the main loop.
#pragma once
#include "controller/app/answers.hpp"
#include "controller/app/own_key.hpp"
#include "controller/link/host_keys.hpp"

namespace vigie::controller {

// What follows a change of keys that is stored. Called on the loop.
class KeyEffects {
  public:
    virtual ~KeyEffects() = default;
    virtual void key_revoked(const Revocation& revoked) = 0;
    virtual void host_removed(const Revocation& revoked) = 0;
    virtual void rotation_asked(const AgentId& agent) = 0;
    virtual void next_key_made(const std::string& public_key) = 0;
    // The pair is the controller's own from now on. `then` is called on the loop when the ports use it; an error: they
    // are closed, and the controller must be started again.
    virtual void use_own_keys(const protocol::KeyPair& keys, std::function<void(const Result<void>&)> then) = 0;
};

// What these answers are made from besides Sources. Everything outlives the desk.
struct KeySources {
    Files& files;
    std::string state_dir;
    KeyEffects& effects;
};

void add_token_answers(Desk& desk, const Sources& sources);                                   // enrol token
void add_key_answers(Desk& desk, const Sources& sources, const KeySources& keys);             // keys, hosts remove
void add_controller_key_answers(Desk& desk, const Sources& sources, const KeySources& keys);  // controller key

}  // namespace vigie::controller

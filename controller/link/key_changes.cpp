// Each change: a decision within a commit, then its consequences through the mailbox.
#include "controller/link/key_changes.hpp"

#include "protocol/transport/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {

using protocol::KeyStep;

KeyChanges::KeyChanges(const StateStore& store, CommitQueue& commits, std::shared_ptr<Mailbox> mailbox,
                       protocol::KeyTable& table, Hub& hub, LinkObserver& observer, const Clock& clock)
    : store_(store),
      commits_(commits),
      mailbox_(std::move(mailbox)),
      table_(table),
      hub_(hub),
      observer_(observer),
      clock_(clock) {}

Result<void> KeyChanges::load() {
    VIGIE_TRY(auto keys, load_keys(store_));
    VIGIE_TRY(const auto agents, list_agents(store_));
    table_.replace_all(std::move(keys.let_in), std::move(keys.barred));
    for (const auto& record : agents) {
        if (!record.revoked_at) {
            known_.insert_or_assign(record.agent, Known{.key = record.public_key,
                                                        .next_key = record.next_key,
                                                        .controller_next = record.controller_next,
                                                        .is_rotation_asked = record.rotation_asked_at.has_value()});
        }
    }
    return {};
}

KeyChanges::Known* KeyChanges::known(const AgentId& agent) {
    const auto found = known_.find(agent);
    return found == known_.end() ? nullptr : &found->second;
}

void KeyChanges::tell(const AgentId& agent, protocol::KeyMessage message) {
    hub_.tell_key(agent, std::move(message), {.mono = clock_.mono(), .wall = clock_.wall(), .random = 0});
}

void KeyChanges::tell_controller_keys(const AgentId& agent) {
    if (!current_.empty()) {
        tell(agent, protocol::ControllerKey{.current = current_, .next = next_});
    }
}

void KeyChanges::announce(std::string current, std::string next) {
    current_ = std::move(current);
    next_ = std::move(next);
    for (const auto& [agent, ignored] : known_) {
        tell_controller_keys(agent);
    }
}

// The answer to a question that was repeated changes nothing: a next key that was accepted meanwhile stays.
void KeyChanges::enrolled(const AgentId& agent, const std::string& public_key) {
    if (table_.find(public_key) == agent) {
        return;
    }
    table_.erase_agent(agent);
    table_.put(public_key, agent);
    known_.insert_or_assign(agent, Known{.key = public_key});
}

void KeyChanges::revoked(const AgentId& agent) {
    if (const auto* keys = known(agent)) {
        table_.bar(keys->key, agent);
        if (!keys->next_key.empty()) {
            table_.bar(keys->next_key, agent);
        }
    }
    table_.erase_agent(agent);
    known_.erase(agent);
}

void KeyChanges::rotation_asked(const AgentId& agent) {
    if (auto* keys = known(agent)) {
        keys->is_rotation_asked = true;
        tell(agent, protocol::KeyChange{.step = KeyStep::make, .public_key = {}, .message = {}});
    }
}

// A revoked host that nobody has enrolled anew goes on knocking by itself; beside a host that has another key it can
// only be a copy.
void KeyChanges::former_key_offered(const AgentId& agent, const std::string& public_key, const std::string& address) {
    const auto print = protocol::fingerprint_of(public_key);
    if (known(agent) == nullptr) {
        return observer_.key_event(
            agent,
            {.severity = Severity::warning,
             .kind = "revoked_key",
             .message = fmt::format("the host's revoked key {} was offered from {} and refused: stop its agent or "
                                    "enrol it anew, unless it is a copy",
                                    print, address)});
    }
    observer_.key_event(agent, {.severity = Severity::error,
                                .kind = "old_key",
                                .message = fmt::format("a key that the host had before, {}, was offered from {} and "
                                                       "refused: a copy of its machine or disk is in use",
                                                       print, address)});
}

void KeyChanges::session_opened(const AgentId& agent, const std::string& key, uint8_t version) {
    const auto* keys = known(agent);
    if (keys == nullptr) {
        return;
    }
    tell_controller_keys(agent);
    if (!key.empty() && key == keys->next_key) {
        retire_old(agent, key);
    } else if (keys->is_rotation_asked && version < protocol::version_with_key_changes) {
        log::warning(
            "host {}: its key is to be replaced, but its agent speaks protocol version {} and cannot: upgrade it",
            agent.value, version);
    } else if (keys->is_rotation_asked) {
        tell(agent, protocol::KeyChange{.step = KeyStep::make, .public_key = {}, .message = {}});
    }
}

void KeyChanges::told(const AgentId& agent, const protocol::KeyMessage& message) {
    if (known(agent) == nullptr) {
        return;
    }
    if (const auto* change = std::get_if<protocol::KeyChange>(&message)) {
        on_step(agent, *change);
    } else {
        on_held(agent, std::get<protocol::ControllerKey>(message));
    }
}

void KeyChanges::on_step(const AgentId& agent, const protocol::KeyChange& change) {
    if (change.step == KeyStep::made) {
        take_next(agent, change.public_key);
    } else if (change.step == KeyStep::refused) {
        observer_.key_event(agent, {.severity = Severity::warning,
                                    .kind = "key_not_replaced",
                                    .message = "the host could not replace its key: " + change.message});
    }
}

// Stored only when it is news, so that a restart of the controller is no storm of commits.
void KeyChanges::on_held(const AgentId& agent, const protocol::ControllerKey& held) {
    auto* keys = known(agent);
    const bool is_usable = held.next.empty() || protocol::is_key_text(held.next);
    if (!is_usable || keys->controller_next == held.next) {
        return;
    }
    keys->controller_next = held.next;
    const auto failure = std::make_shared<std::optional<Error>>();
    commits_.submit(
        [&store = store_, agent, next = held.next, failure](StoreBatch& batch) {
            if (const auto noted = note_controller_key(store, agent, next, batch); !noted) {
                *failure = noted.error();
            }
        },
        [this, agent, failure, mailbox = mailbox_](const Result<void>& stored) {
            if (stored && !*failure) {
                return;
            }
            mailbox->post([this, agent] {
                if (auto* again = known(agent)) {
                    again->controller_next.clear();  // asked again at the next session
                }
            });
        });
}

void KeyChanges::take_next(const AgentId& agent, const std::string& public_key) {
    const auto verdict = std::make_shared<Result<NextKeyVerdict>>(NextKeyVerdict{});
    commits_.submit(
        [&store = store_, agent, public_key, now = clock_.wall(), verdict](StoreBatch& batch) {
            *verdict = take_next_key(store, agent, public_key, now, batch);
        },
        [this, agent, public_key, verdict, mailbox = mailbox_](const Result<void>& stored) {
            if (!stored) {
                *verdict = fail(stored.error());
            }
            mailbox->post([this, agent, public_key, verdict] { on_next_taken(agent, public_key, *verdict); });
        });
}

void KeyChanges::on_next_taken(const AgentId& agent, const std::string& public_key,
                               const Result<NextKeyVerdict>& verdict) {
    auto* keys = known(agent);
    if (keys == nullptr) {
        return;  // revoked meanwhile
    }
    if (!verdict) {
        // The host keeps its new key and offers it again in its next session.
        return log::error("host {}: its new key could not be stored: {}", agent.value, verdict.error().message);
    }
    if (!verdict->refusal.empty()) {
        log::warning("host {}: its new key is refused: {}", agent.value, verdict->refusal);
        return tell(agent, protocol::KeyChange{
                               .step = KeyStep::refused, .public_key = public_key, .message = verdict->refusal});
    }
    if (!verdict->replaced.empty()) {
        table_.bar(verdict->replaced, agent);
    }
    if (keys->key != public_key) {  // an answer that was overtaken by the key's first use changes nothing
        keys->next_key = public_key;
        table_.put(public_key, agent);
    }
    tell(agent, protocol::KeyChange{.step = KeyStep::accepted, .public_key = public_key, .message = {}});
}

void KeyChanges::retire_old(const AgentId& agent, const std::string& used_key) {
    const auto old = std::make_shared<Result<std::optional<std::string>>>(std::nullopt);
    commits_.submit([&store = store_, agent, used_key, now = clock_.wall(),
                     old](StoreBatch& batch) { *old = retire_old_key(store, agent, used_key, now, batch); },
                    [this, agent, used_key, old, mailbox = mailbox_](const Result<void>& stored) {
                        if (!stored || !*old) {
                            // Both keys are let in until a later session tries again.
                            return log::error("host {}: its new key is used, but that could not be stored: {}",
                                              agent.value, stored ? old->error().message : stored.error().message);
                        }
                        if (**old) {
                            mailbox->post([this, agent, used_key, old] { on_retired(agent, used_key, ***old); });
                        }
                    });
}

void KeyChanges::on_retired(const AgentId& agent, const std::string& used_key, const std::string& old_key) {
    auto* keys = known(agent);
    if (keys == nullptr) {
        return;
    }
    keys->key = used_key;
    keys->next_key.clear();
    keys->is_rotation_asked = false;
    table_.bar(old_key, agent);
    hub_.cut_other_keys(agent, used_key);
    observer_.key_event(
        agent, {.severity = Severity::info,
                .kind = "key_replaced",
                .message = fmt::format("the host's key {} was replaced by {}", protocol::fingerprint_of(old_key),
                                       protocol::fingerprint_of(used_key))});
}

}  // namespace vigie::controller

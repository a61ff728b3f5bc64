// Each change: a decision within a commit, then its consequences through the mailbox.
#include "controller/link/key_changes.hpp"

#include "protocol/transport/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {

using protocol::KeyStep;

namespace {
// A host has a word to say a few times in its life; a commit each two seconds is the most that one can cause.
constexpr milliseconds change_interval = 2s;
// Each becomes an event, which is a row.
constexpr milliseconds complaint_interval = 60s;
}  // namespace

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
    hub_.tell_key(agent, std::move(message), now());
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

// The answer to a question that was repeated changes nothing of the host's keys: a next key that was accepted meanwhile
// stays.
void KeyChanges::enrolled(const AgentId& agent, const std::string& public_key) {
    if (table_.find(public_key) == agent) {
        known_[agent].controller_next.clear();  // as in its row
        return;
    }
    table_.erase_agent(agent);
    table_.put(public_key, agent);
    known_.insert_or_assign(agent, Known{.key = public_key});
    hub_.cut_other_keys(agent, public_key, now());
}

// The notice of an enrolment comes straight from the committer, that of the revocation before it by way of the main
// loop, and so perhaps later.
void KeyChanges::revoked(const AgentId& agent, const std::vector<std::string>& public_keys) {
    for (const auto& key : public_keys) {
        table_.bar(key, agent);
    }
    const auto* keys = known(agent);
    if (keys != nullptr && std::find(public_keys.begin(), public_keys.end(), keys->key) == public_keys.end()) {
        return;
    }
    table_.erase_agent(agent);
    known_.erase(agent);
    hub_.forget(agent, protocol::RefuseReason::revoked, "the key was revoked", now());
}

void KeyChanges::rotation_asked(const AgentId& agent) {
    auto* keys = known(agent);
    if (keys == nullptr) {
        return;
    }
    keys->is_rotation_asked = true;
    keys->offer.next_at = keys->next_complaint_at = {};  // operators' wishes are few
    if (keys->uses_next()) {
        return retire_old(agent, keys->session_key);  // could not be stored before
    }
    tell(agent, protocol::KeyChange{.step = KeyStep::make, .public_key = {}, .message = {}});
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
    auto* keys = known(agent);
    if (keys == nullptr) {
        return;
    }
    keys->session_key = key;
    tell_controller_keys(agent);
    if (keys->uses_next()) {
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
        on_held(agent, std::get<protocol::ControllerKey>(message).next);
    }
}

void KeyChanges::on_step(const AgentId& agent, const protocol::KeyChange& change) {
    if (change.step == KeyStep::made) {
        on_made(agent, change.public_key);
    } else if (change.step == KeyStep::refused) {
        on_complaint(agent, change.message);
    }
}

void KeyChanges::on_complaint(const AgentId& agent, const std::string& why) {
    auto* keys = known(agent);
    if (!keys->is_rotation_asked || clock_.mono() < keys->next_complaint_at) {
        return;
    }
    keys->next_complaint_at = clock_.mono() + complaint_interval;
    observer_.key_event(agent, {.severity = Severity::warning,
                                .kind = "key_not_replaced",
                                .message = "the host could not replace its key: " + why});
}

// True: the word is taken up now, and end_turn follows.
bool KeyChanges::take_turn(const AgentId& agent, Turn& turn, const std::string& word) {
    if (turn.is_under_way || clock_.mono() < turn.next_at) {
        turn.waiting = word;
        waiting_.insert(agent);
        return false;
    }
    turn.waiting.reset();
    turn.is_under_way = true;
    return true;
}

void KeyChanges::end_turn(Turn& turn) {
    turn.is_under_way = false;
    turn.next_at = clock_.mono() + change_interval;
}

void KeyChanges::on_tick() {
    for (const auto& agent : std::exchange(waiting_, {})) {
        auto* keys = known(agent);
        if (keys == nullptr) {
            continue;
        }
        if (const auto word = std::exchange(keys->offer.waiting, std::nullopt)) {
            on_made(agent, *word);
        }
        if (const auto word = std::exchange(keys->held.waiting, std::nullopt)) {
            on_held(agent, *word);
        }
    }
}

// Stored only when it is news, so that a restart of the controller is no storm of commits.
void KeyChanges::on_held(const AgentId& agent, const std::string& next) {
    auto* keys = known(agent);
    if (!next.empty() && !protocol::is_key_text(next)) {
        return;
    }
    if (!keys->held.is_under_way && keys->controller_next == next) {
        keys->held.waiting.reset();
    } else if (take_turn(agent, keys->held, next)) {
        note_held(agent, next);
    }
}

void KeyChanges::note_held(const AgentId& agent, const std::string& next) {
    const auto failure = std::make_shared<std::optional<Error>>();
    const bool is_taken = commits_.try_submit(
        [&store = store_, agent, next, failure](StoreBatch& batch) {
            if (const auto noted = note_controller_key(store, agent, next, batch); !noted) {
                *failure = noted.error();
            }
        },
        [this, agent, next, failure, mailbox = mailbox_](const Result<void>& stored) {
            const bool is_noted = stored && !*failure;
            mailbox->post([this, agent, next, is_noted] {
                if (auto* keys = known(agent)) {
                    end_turn(keys->held);
                    // What is not noted is news again when the host says it in its next session.
                    keys->controller_next = is_noted ? next : keys->controller_next;
                }
            });
        });
    if (!is_taken) {
        auto& turn = known(agent)->held;
        end_turn(turn);
        turn.waiting = next;
        waiting_.insert(agent);
    }
}

void KeyChanges::on_made(const AgentId& agent, const std::string& public_key) {
    auto* keys = known(agent);
    if (keys->uses_next()) {  // first; the host offers its key again in its next session
        if (take_turn(agent, keys->offer, public_key)) {
            end_turn(keys->offer);
            retire_old(agent, keys->session_key);
        }
        return;
    }
    if (!public_key.empty() && public_key == keys->next_key) {  // its answer was lost
        return tell(agent, protocol::KeyChange{.step = KeyStep::accepted, .public_key = public_key, .message = {}});
    }
    if (take_turn(agent, keys->offer, public_key)) {
        take_next(agent, public_key);
    }
}

void KeyChanges::take_next(const AgentId& agent, const std::string& public_key) {
    auto& keys = *known(agent);
    const auto verdict = std::make_shared<Result<NextKeyVerdict>>(NextKeyVerdict{});
    const bool is_taken = commits_.try_submit(
        [&store = store_, agent, used_key = keys.session_key, public_key, verdict](StoreBatch& batch) {
            *verdict = take_next_key(store, agent, used_key, public_key, batch);
        },
        [this, agent, public_key, verdict, mailbox = mailbox_](const Result<void>& stored) {
            if (!stored) {
                *verdict = fail(stored.error());
            }
            mailbox->post([this, agent, public_key, verdict] { on_next_taken(agent, public_key, *verdict); });
        });
    if (!is_taken) {
        end_turn(keys.offer);
        keys.offer.waiting = public_key;
        waiting_.insert(agent);
    }
}

void KeyChanges::on_next_taken(const AgentId& agent, const std::string& public_key,
                               const Result<NextKeyVerdict>& verdict) {
    auto* keys = known(agent);
    if (keys == nullptr) {
        return;  // revoked meanwhile
    }
    end_turn(keys->offer);
    if (!verdict) {
        // The host keeps its new key and offers it again in its next session.
        return log::error("host {}: its new key could not be stored: {}", agent.value, verdict.error().message);
    }
    keys->is_rotation_asked = verdict->is_asked;
    if (!verdict->refusal.empty()) {
        log::warning("host {}: its new key is refused: {}", agent.value, verdict->refusal);
        return tell(agent, protocol::KeyChange{
                               .step = KeyStep::refused, .public_key = public_key, .message = verdict->refusal});
    }
    table_.erase(verdict->replaced);
    if (keys->key != public_key) {  // an answer that was overtaken by the key's first use changes nothing
        keys->next_key = public_key;
        table_.put(public_key, agent);
    }
    tell(agent, protocol::KeyChange{.step = KeyStep::accepted, .public_key = public_key, .message = {}});
}

void KeyChanges::retire_old(const AgentId& agent, const std::string& used_key) {
    if (std::exchange(known(agent)->is_retiring, true)) {
        return;
    }
    const auto old = std::make_shared<Result<std::optional<std::string>>>(std::nullopt);
    commits_.submit([&store = store_, agent, used_key, now = clock_.wall(),
                     old](StoreBatch& batch) { *old = retire_old_key(store, agent, used_key, now, batch); },
                    [this, agent, used_key, old, mailbox = mailbox_](const Result<void>& stored) {
                        if (!stored) {
                            *old = fail(stored.error());
                        }
                        mailbox->post([this, agent, used_key, old] { on_retire_ended(agent, used_key, *old); });
                    });
}

void KeyChanges::on_retire_ended(const AgentId& agent, const std::string& used_key,
                                 const Result<std::optional<std::string>>& old) {
    auto* keys = known(agent);
    if (keys == nullptr) {
        return;
    }
    keys->is_retiring = false;
    if (!old) {
        // Both keys are let in until a later session, or an operator's wish, tries again.
        log::error("host {}: its new key is used, but that could not be stored: {}", agent.value, old.error().message);
    } else if (*old) {
        on_retired(agent, *keys, used_key, **old);
    }
}

void KeyChanges::on_retired(const AgentId& agent, Known& keys, const std::string& used_key,
                            const std::string& old_key) {
    keys.key = used_key;
    keys.next_key.clear();
    keys.is_rotation_asked = false;
    table_.bar(old_key, agent);
    hub_.cut_other_keys(agent, used_key, now());
    observer_.key_event(
        agent, {.severity = Severity::info,
                .kind = "key_replaced",
                .message = fmt::format("the host's key {} was replaced by {}", protocol::fingerprint_of(old_key),
                                       protocol::fingerprint_of(used_key))});
}

}  // namespace vigie::controller

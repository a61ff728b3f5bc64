// Rows of agents and of barred keys.
#include "controller/link/host_keys.hpp"

#include "controller/store/keys.hpp"
#include "protocol/transport/keys.hpp"

namespace vigie::controller {
namespace {

Result<std::vector<BarredKey>> list_barred(const StateStore& store) {
    const auto prefix = barred_key_key("");
    std::vector<BarredKey> barred;
    Result<void> decoded;
    VIGIE_CHECK(
        store.scan(Family::meta, prefix, keys::after_prefix(prefix), [&](std::string_view key, std::string_view row) {
            auto one = decode_barred_key(key.substr(prefix.size()), row);
            if (!one) {
                decoded = fail(one.error());
                return false;
            }
            barred.push_back(std::move(*one));
            return true;
        }));
    VIGIE_CHECK(decoded);
    return barred;
}

void save(const AgentRecord& record, StoreBatch& batch) {
    batch.put(Family::agents, keys::agent(record.agent), encode(record));
}

void bar(const AgentRecord& record, const std::string& public_key, std::string why, WallTime now, StoreBatch& batch) {
    const BarredKey key{.public_key = public_key, .host = record.agent, .at = now, .why = std::move(why)};
    batch.put(Family::meta, barred_key_key(public_key), encode(key));
}

std::vector<std::string> keys_of(const AgentRecord& record) {
    std::vector<std::string> all{record.public_key};
    if (!record.next_key.empty()) {
        all.push_back(record.next_key);
    }
    return all;
}

void end_rotation(AgentRecord& record) {
    record.next_key.clear();
    record.rotation_asked_at.reset();
}

}  // namespace

Result<std::vector<AgentRecord>> list_agents(const StateStore& store) {
    std::vector<AgentRecord> agents;
    Result<void> decoded;
    VIGIE_CHECK(store.scan(Family::agents, "", "", [&](std::string_view key, std::string_view row) {
        auto record = decode_agent(key, row);
        if (!record) {
            decoded = fail(record.error());
            return false;
        }
        agents.push_back(std::move(*record));
        return true;
    }));
    VIGIE_CHECK(decoded);
    return agents;
}

Result<KnownKeys> load_keys(const StateStore& store) {
    VIGIE_TRY(const auto agents, list_agents(store));
    VIGIE_TRY(const auto barred, list_barred(store));
    KnownKeys known;
    for (const auto& record : agents) {
        auto& keys = record.revoked_at ? known.barred : known.let_in;
        keys.emplace(record.public_key, record.agent);
        if (!record.next_key.empty()) {
            keys.emplace(record.next_key, record.agent);
        }
    }
    for (const auto& key : barred) {
        known.barred.emplace(key.public_key, key.host);
    }
    return known;
}

Result<AgentRecord> agent_record(const StateStore& store, const StoreBatch& batch, const AgentId& agent) {
    VIGIE_TRY(const auto row, get_through(store, batch, Family::agents, keys::agent(agent)));
    if (!row) {
        return fail(ErrorCode::not_found, "host '{}' is not enrolled: vigie keys list shows those that are",
                    agent.value);
    }
    return decode_agent(agent.value, *row);
}

Result<std::optional<AgentId>> holder_of_key(std::string_view public_key, const StateStore& store,
                                             const StoreBatch& batch) {
    std::optional<AgentId> holder;
    Result<void> decoded;
    const auto look = [&](std::string_view key, std::string_view row) {
        auto record = decode_agent(key, row);
        if (!record) {
            decoded = fail(record.error());
            return false;
        }
        if (record->public_key == public_key || record->next_key == public_key) {
            holder = record->agent;
        }
        return !holder.has_value();
    };
    VIGIE_CHECK(store.scan(Family::agents, "", "", look));
    for (const auto& change : batch.changes()) {
        if (change.family == Family::agents && change.kind == StoreBatch::Change::Kind::put) {
            look(change.key, change.value);
        }
    }
    VIGIE_CHECK(decoded);
    return holder;
}

Result<std::optional<BarredKey>> barred_key(std::string_view public_key, const StateStore& store,
                                            const StoreBatch& batch) {
    VIGIE_TRY(const auto row, get_through(store, batch, Family::meta, barred_key_key(public_key)));
    if (!row) {
        return std::nullopt;
    }
    VIGIE_TRY(auto key, decode_barred_key(public_key, *row));
    return key;
}

Result<Revocation> revoke_agent(const StateStore& store, const AgentId& agent, WallTime now, StoreBatch& batch) {
    VIGIE_TRY(auto record, agent_record(store, batch, agent));
    if (record.revoked_at) {
        return fail(ErrorCode::conflict, "the key of {} was revoked already, at {}", agent.value,
                    to_rfc3339(*record.revoked_at));
    }
    auto keys = keys_of(record);
    for (const auto& key : keys) {
        bar(record, key, "revoked", now, batch);
    }
    end_rotation(record);
    record.revoked_at = now;
    save(record, batch);
    return Revocation{std::move(record), std::move(keys)};
}

Result<Revocation> remove_agent(const StateStore& store, const AgentId& agent, WallTime now, StoreBatch& batch) {
    VIGIE_TRY(auto record, agent_record(store, batch, agent));
    auto keys = keys_of(record);
    if (!record.revoked_at) {
        VIGIE_TRY(auto revoked, revoke_agent(store, agent, now, batch));
        record = std::move(revoked.record);
    }
    batch.erase(Family::agents, keys::agent(agent));
    return Revocation{std::move(record), std::move(keys)};
}

Result<AgentRecord> ask_rotation(const StateStore& store, const AgentId& agent, WallTime now, StoreBatch& batch) {
    VIGIE_TRY(auto record, agent_record(store, batch, agent));
    if (record.revoked_at) {
        return fail(ErrorCode::conflict,
                    "the key of {} is revoked, so there is none to replace: enrol the host again with a new token",
                    agent.value);
    }
    if (!record.rotation_asked_at) {
        record.rotation_asked_at = now;
        save(record, batch);
    }
    return record;
}

namespace {
// What speaks against it without a look at other agents; "" when nothing does.
std::string reason_of_row(const AgentRecord& record, std::string_view used_key, std::string_view public_key) {
    if (!protocol::is_key_text(public_key)) {
        return "that is no key";
    }
    if (record.revoked_at) {
        return "the host's key is revoked";
    }
    // The host has adopted its next key, perhaps without its old one: replacing it would lock the host out.
    if (used_key == record.next_key) {
        return "the key in use is a new one, which is to be noted first";
    }
    if (used_key != record.public_key) {
        return "it was offered in a session of another key than the host's";
    }
    return record.rotation_asked_at ? "" : "nobody asked for another key";
}
}  // namespace

Result<NextKeyVerdict> take_next_key(const StateStore& store, const AgentId& agent, std::string_view used_key,
                                     std::string_view public_key, StoreBatch& batch) {
    VIGIE_TRY(auto record, agent_record(store, batch, agent));
    NextKeyVerdict verdict{.refusal = {}, .replaced = {}, .is_asked = record.rotation_asked_at.has_value()};
    if (record.next_key == public_key && !public_key.empty()) {
        return verdict;  // its answer was lost
    }
    verdict.refusal = reason_of_row(record, used_key, public_key);
    if (!verdict.refusal.empty()) {
        return verdict;
    }
    VIGIE_TRY(const auto holder, holder_of_key(public_key, store, batch));
    VIGIE_TRY(const auto barred, barred_key(public_key, store, batch));
    if (holder || barred) {
        verdict.refusal =
            fmt::format("the key is {} {}", holder ? "held by" : "one of", holder ? holder->value : barred->host.value);
        return verdict;
    }
    // One that was never used is forgotten, not barred: rows of barred keys stay for ever.
    verdict.replaced = std::exchange(record.next_key, std::string(public_key));
    verdict.is_asked = false;
    record.rotation_asked_at.reset();
    save(record, batch);
    return verdict;
}

Result<std::optional<std::string>> retire_old_key(const StateStore& store, const AgentId& agent,
                                                  std::string_view used_key, WallTime now, StoreBatch& batch) {
    VIGIE_TRY(auto record, agent_record(store, batch, agent));
    if (record.revoked_at || record.next_key.empty() || record.next_key != used_key) {
        return std::nullopt;
    }
    auto old = std::exchange(record.public_key, record.next_key);
    bar(record, old, "replaced", now, batch);
    end_rotation(record);
    record.key_since = now;
    save(record, batch);
    return old;
}

Result<void> note_controller_key(const StateStore& store, const AgentId& agent, const std::string& next,
                                 StoreBatch& batch) {
    VIGIE_TRY(auto record, agent_record(store, batch, agent));
    record.controller_next = next;
    save(record, batch);
    return {};
}

}  // namespace vigie::controller

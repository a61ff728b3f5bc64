// keys: list, revoke, rotate; hosts remove. Hosts are looked up in the store, which also knows those whose key is
// revoked.
#include "controller/app/answers_keys.hpp"
#include "controller/link/host_keys.hpp"

namespace vigie::controller {
namespace {

std::string_view state_of(const AgentRecord& record) {
    return record.revoked_at ? "revoked" : record.is_rotating() ? "pending_rotation" : "current";
}

// What a rotation waits for.
std::string note_of(const AgentRecord& record, const Host* host) {
    if (!record.is_rotating()) {
        return "";
    }
    if (!record.next_key.empty()) {
        return "the new key is accepted; the host has not used it yet (one that lost it must be asked again)";
    }
    const bool is_connected = host != nullptr && host->is_connected;
    if (is_connected && host->protocol_version < protocol::version_with_key_changes) {
        return "the host runs a version that cannot rotate: upgrade it";
    }
    return is_connected ? "asked of the host" : "will be asked when the host is back";
}

Json row_of(const AgentRecord& record, const Host* host) {
    return Json{
        {"host", record.agent.value},
        {"fingerprint", protocol::fingerprint_of(record.public_key)},
        {"state", state_of(record)},
        {"since", to_rfc3339(record.key_since)},
        {"public_key", record.public_key},
        {"next_fingerprint", record.next_key.empty() ? Json(nullptr) : Json(protocol::fingerprint_of(record.next_key))},
        {"rotation_asked_at", time_or_null(record.rotation_asked_at)},
        {"revoked_at", time_or_null(record.revoked_at)},
        {"note", note_of(record, host)}};
}

Result<Json> list(const Sources& s) {
    VIGIE_TRY(const auto agents, list_agents(s.store));
    Json rows = Json::array();
    for (const auto& record : agents) {
        rows.push_back(row_of(record, s.watch.fleet().find(record.agent)));
    }
    return rows;
}

// An unknown host is answered with the nearest one.
Error with_nearest(const Sources& s, const AgentId& agent, const Error& error) {
    return error.code == ErrorCode::not_found ? unknown_host(s.watch.fleet(), agent.value) : error;
}

template <typename Changed>
using Change = Result<Changed> (*)(const StateStore&, const AgentId&, WallTime, StoreBatch&);

const AgentRecord& record_in(const AgentRecord& record) {
    return record;
}
const AgentRecord& record_in(const Revocation& revoked) {
    return revoked.record;
}

// Stores the change, then lets its effect follow, with what the store holds, then answers.
template <typename Changed>
void change_key(const Sources& s, const Request& request, const AgentId& agent, Change<Changed> change,
                std::function<void(const Changed&)> effect, const Desk::Respond& respond) {
    const auto changed = std::make_shared<Changed>();
    submit_change(
        s, request,
        [&s, agent, change, changed](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(*changed, change(s.store, agent, s.clock.wall(), batch));
            return row_of(record_in(*changed), nullptr);
        },
        [&s, agent, changed, effect = std::move(effect), respond](Result<Json> answer) {
            if (!answer) {
                return respond(fail(with_nearest(s, agent, answer.error())));
            }
            effect(*changed);
            respond(std::move(answer));
        });
}

void revoke(const Sources& s, const KeySources& k, const Request& request, const Desk::Respond& respond) {
    const auto name = request.required_text("host");
    if (!name) {
        return respond(fail(name.error()));
    }
    const AgentId agent{*name};
    change_key<Revocation>(
        s, request, agent, revoke_agent, [&k](const Revocation& revoked) { k.effects.key_revoked(revoked); }, respond);
}

void remove(const Sources& s, const KeySources& k, const Request& request, const Desk::Respond& respond) {
    const auto name = request.required_text("host");
    if (!name) {
        return respond(fail(name.error()));
    }
    const AgentId agent{*name};
    change_key<Revocation>(
        s, request, agent, remove_agent, [&k](const Revocation& revoked) { k.effects.host_removed(revoked); }, respond);
}

void rotate(const Sources& s, const KeySources& k, const Request& request, const Desk::Respond& respond) {
    const auto name = request.required_text("host");
    if (!name) {
        return respond(fail(name.error()));
    }
    const AgentId agent{*name};
    const auto* host = s.watch.fleet().find(agent);
    if (host != nullptr && host->is_connected && host->protocol_version < protocol::version_with_key_changes) {
        return respond(
            fail(ErrorCode::unsupported,
                 "{} runs a version that cannot rotate its key (vigie-agent {}, protocol version {}): upgrade "
                 "it, then ask again",
                 agent.value, host->agent_version, host->protocol_version));
    }
    change_key<AgentRecord>(
        s, request, agent, ask_rotation, [&k](const AgentRecord& asked) { k.effects.rotation_asked(asked.agent); },
        [&s, agent, respond](Result<Json> answer) {
            if (answer) {
                const auto* now = s.watch.fleet().find(agent);
                (*answer)["note"] =
                    now != nullptr && now->is_connected ? "asked of the host" : "will be asked when the host is back";
            }
            respond(std::move(answer));
        });
}

}  // namespace

void add_key_answers(Desk& desk, const Sources& sources, const KeySources& keys) {
    desk.answer("keys.list", Role::viewer, {}, [&sources](const Request&) { return list(sources); });
    desk.change("keys.revoke", Role::admin, {"host"},
                [&](const Request& r, const Desk::Respond& respond) { revoke(sources, keys, r, respond); });
    desk.change("keys.rotate", Role::admin, {"host"},
                [&](const Request& r, const Desk::Respond& respond) { rotate(sources, keys, r, respond); });
    desk.change("hosts.remove", Role::admin, {"host"},
                [&](const Request& r, const Desk::Respond& respond) { remove(sources, keys, r, respond); });
}

}  // namespace vigie::controller

// The decision about one request, and what the store holds of agents.
#include "controller/link/enrolment.hpp"

#include "controller/store/keys.hpp"
#include "protocol/transport/keys.hpp"
#include "shared/crypto/sodium_hash.hpp"

namespace vigie::controller {
namespace {
// An address that guesses gets this many tries in this time.
constexpr int wrong_tokens_max = 10;
constexpr nanoseconds wrong_tokens_window = 60s;
// Addresses counted at once; beyond it all counts begin anew, since somebody spreads over many anyway.
constexpr size_t counted_addresses_max = 65'536;

// The agent that holds the key, among the store's rows as the batch changes them.
Result<std::optional<AgentId>> holder_of(const std::string& public_key, const StateStore& store,
                                         const StoreBatch& batch) {
    std::optional<AgentId> holder;
    Result<void> decoded;
    const auto look = [&](std::string_view key, std::string_view row) {
        auto record = decode_agent(key, row);
        if (!record) {
            decoded = fail(record.error());
            return false;
        }
        if (record->public_key == public_key) {
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

Result<std::unordered_map<std::string, AgentId>> load_keys(const StateStore& store) {
    VIGIE_TRY(const auto agents, list_agents(store));
    std::unordered_map<std::string, AgentId> keys;
    for (const auto& record : agents) {
        if (!record.revoked_at) {
            keys.emplace(record.public_key, record.agent);
        }
    }
    return keys;
}

Result<StoreBatch> revoke_agent(const StateStore& store, const AgentId& agent, WallTime now) {
    VIGIE_TRY(const auto row, store.get(Family::agents, keys::agent(agent)));
    if (!row) {
        return fail(ErrorCode::not_found, "no agent named {}", agent.value);
    }
    VIGIE_TRY(auto record, decode_agent(agent.value, *row));
    record.revoked_at = now;
    StoreBatch batch;
    batch.put(Family::agents, keys::agent(agent), encode(record));
    return batch;
}

protocol::Enrolled Enrolment::refuse(std::string why) const {
    protocol::Enrolled answer;
    answer.message = std::move(why);
    return answer;
}

protocol::Enrolled Enrolment::accept(const std::string& host) const {
    protocol::Enrolled answer;
    answer.is_accepted = true;
    answer.agent_id = host;
    answer.endpoint = endpoint_;
    return answer;
}

// "" when nothing speaks against it.
Result<std::string> Enrolment::reason_against(const EnrolmentRequest& request, const TokenRecord& token, WallTime now,
                                              const StoreBatch& batch) const {
    const auto& wanted = request.enrol;
    const bool is_repeated = token.used_at && token.used_host == wanted.host && token.used_key == wanted.public_key;
    if (token.is_revoked) {
        return std::string("the token was revoked");
    }
    if (token.used_at && !is_repeated) {
        return std::string("the token was used already");
    }
    if (!is_repeated && now >= token.expires_at) {
        return fmt::format("the token expired at {}", to_rfc3339(token.expires_at));
    }
    if (!is_host_in(token.host_pattern, wanted.host)) {
        return fmt::format("the token is for hosts named {}, not {}", token.host_pattern, wanted.host);
    }
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::agents, keys::agent(AgentId{wanted.host})));
    if (row) {
        VIGIE_TRY(const auto holder, decode_agent(wanted.host, *row));
        if (holder.public_key != wanted.public_key && !holder.revoked_at) {
            return fmt::format("{} is enrolled with another key; revoke that one first", wanted.host);
        }
        if (holder.public_key == wanted.public_key && holder.revoked_at) {
            return fmt::format("the key of {} was revoked; remove agent.key on the host to make a new one",
                               wanted.host);
        }
    }
    VIGIE_TRY(const auto holder, holder_of(wanted.public_key, store_, batch));
    if (holder && holder->value != wanted.host) {
        return fmt::format("the key belongs to {}: was its identity folder copied?", holder->value);
    }
    return std::string{};
}

Result<protocol::Enrolled> Enrolment::decide(const EnrolmentRequest& request, WallTime now, StoreBatch& batch) const {
    const auto& wanted = request.enrol;
    if (!is_agent_name(wanted.host)) {
        return refuse("the host's name may hold only letters, digits, '.', '_' and '-'");
    }
    if (!protocol::is_key_text(wanted.public_key) ||
        !is_equal_constant_time(wanted.public_key, request.connection_key)) {
        return refuse("the key is not the one that the connection was made with");
    }
    const auto hash = blake2b_hex(wanted.token);
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::tokens, hash));
    if (!row) {
        return refuse("no such token");
    }
    VIGIE_TRY(auto token, decode_token(hash, *row));
    VIGIE_TRY(auto reason, reason_against(request, token, now, batch));
    if (!reason.empty()) {
        return refuse(std::move(reason));
    }
    if (!token.used_at) {
        token.used_at = now;
        token.used_host = wanted.host;
        token.used_key = wanted.public_key;
        batch.put(Family::tokens, hash, encode(token));
        const AgentRecord agent{
            .agent = AgentId{wanted.host}, .public_key = wanted.public_key, .enrolled_at = now, .revoked_at = {}};
        batch.put(Family::agents, keys::agent(agent.agent), encode(agent));
    }
    return accept(wanted.host);
}

bool WrongTokens::is_blocked(const std::string& address, MonoTime now) {
    const auto found = by_address_.find(address);
    return found != by_address_.end() && now - found->second.since < wrong_tokens_window &&
           found->second.wrong >= wrong_tokens_max;
}

void WrongTokens::note(const std::string& address, MonoTime now) {
    if (by_address_.size() >= counted_addresses_max && !by_address_.contains(address)) {
        by_address_.clear();
    }
    auto& count = by_address_[address];
    if (count.wrong == 0 || now - count.since >= wrong_tokens_window) {
        count = {.wrong = 0, .since = now};
    }
    ++count.wrong;
}

}  // namespace vigie::controller

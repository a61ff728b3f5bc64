// The decision about one request.
#include "controller/link/enrolment.hpp"

#include "controller/link/host_keys.hpp"
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
}  // namespace

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

// What the token was used for on this host before. Rows of older versions have their one use in themselves.
Result<std::optional<TokenUse>> Enrolment::use_of(const TokenRecord& token, const std::string& host,
                                                  const StoreBatch& batch) const {
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::tokens, token_use_key(token.hash, host)));
    if (row) {
        VIGIE_TRY(auto use, decode_token_use(host, *row));
        return use;
    }
    if (token.used_at && token.used_host == host) {
        return TokenUse{.host = host, .public_key = token.used_key, .at = *token.used_at};
    }
    return std::nullopt;
}

// "" when nothing speaks against it.
std::string Enrolment::reason_of_token(const EnrolmentRequest& request, const TokenRecord& token,
                                       const std::optional<TokenUse>& use, WallTime now) {
    const auto& wanted = request.enrol;
    const bool is_repeated = use && use->public_key == wanted.public_key;
    if (token.is_revoked) {
        return "the token was revoked";
    }
    if (!is_repeated && token.uses >= token.uses_max) {
        return token.uses_max == 1
                   ? "the token was used already"
                   : fmt::format("the token was used for {} hosts already, as many as it is for", token.uses_max);
    }
    if (use && !is_repeated) {
        return fmt::format("the token was used for {} already, with another key", wanted.host);
    }
    if (!is_repeated && now >= token.expires_at) {
        return fmt::format("the token expired at {}", to_rfc3339(token.expires_at));
    }
    if (!is_host_in(token.host_pattern, wanted.host)) {
        return fmt::format("the token is for hosts named {}, not {}", token.host_pattern, wanted.host);
    }
    return {};
}

Result<std::string> Enrolment::reason_of_key(const EnrolmentRequest& request, const StoreBatch& batch) const {
    const auto& wanted = request.enrol;
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::agents, keys::agent(AgentId{wanted.host})));
    if (row) {
        VIGIE_TRY(const auto holder, decode_agent(wanted.host, *row));
        if (holder.public_key != wanted.public_key && !holder.revoked_at) {
            return fmt::format("{} is enrolled with another key; revoke that one first", wanted.host);
        }
    }
    VIGIE_TRY(const auto barred, barred_key(wanted.public_key, store_, batch));
    if (barred) {
        return fmt::format("the key was {}'s and was {}; remove agent.key on the host to make a new one",
                           barred->host.value, barred->why);
    }
    VIGIE_TRY(const auto holder, holder_of_key(wanted.public_key, store_, batch));
    if (holder && holder->value != wanted.host) {
        return fmt::format("the key belongs to {}: was its identity folder copied?", holder->value);
    }
    return std::string{};
}

Result<void> Enrolment::admit(const EnrolmentRequest& request, TokenRecord token, WallTime now,
                              StoreBatch& batch) const {
    const auto& wanted = request.enrol;
    token.used_at = now;
    token.used_host = wanted.host;
    token.used_key = wanted.public_key;
    ++token.uses;
    batch.put(Family::tokens, token.hash, encode(token));
    batch.put(Family::tokens, token_use_key(token.hash, wanted.host),
              encode(TokenUse{.host = wanted.host, .public_key = wanted.public_key, .at = now}));
    AgentRecord agent{
        .agent = AgentId{wanted.host}, .public_key = wanted.public_key, .enrolled_at = now, .key_since = now};
    // A host that has lost all but its key comes with another token; what is under way with its key goes on.
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::agents, keys::agent(agent.agent)));
    if (row) {
        VIGIE_TRY(const auto before, decode_agent(wanted.host, *row));
        agent = before.public_key == wanted.public_key ? before : agent;
        agent.enrolled_at = now;
        agent.controller_next.clear();
    }
    batch.put(Family::agents, keys::agent(agent.agent), encode(agent));
    return {};
}

// Whoever enrols forgets the controller's next key, which it is told again in its next session.
Result<void> Enrolment::forget_controller_next(const std::string& host, StoreBatch& batch) const {
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::agents, keys::agent(AgentId{host})));
    if (!row) {
        return {};
    }
    VIGIE_TRY(auto agent, decode_agent(host, *row));
    if (!agent.controller_next.empty()) {
        agent.controller_next.clear();
        batch.put(Family::agents, keys::agent(agent.agent), encode(agent));
    }
    return {};
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
    VIGIE_TRY(const auto use, use_of(token, wanted.host, batch));
    auto reason = reason_of_token(request, token, use, now);
    if (reason.empty()) {
        VIGIE_TRY(reason, reason_of_key(request, batch));
    }
    if (!reason.empty()) {
        return refuse(std::move(reason));
    }
    VIGIE_CHECK(use ? forget_controller_next(wanted.host, batch) : admit(request, std::move(token), now, batch));
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

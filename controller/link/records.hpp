// The rows of tokens and of agents' keys. Not the hosts' labels and health: those are the fleet's (Family::hosts).
//
// On disk, as lines of "name value" in this order, more names may follow in later versions:
//   Family::tokens  BLAKE2b-256 of the token, hex -> created_unix_ms, expires_unix_ms, hosts, note, revoked,
//                   used_unix_ms, used_host, used_key
//   Family::agents  agent id -> key, enrolled_unix_ms, revoked_unix_ms
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

struct TokenRecord {
    std::string hash;
    WallTime created_at{};
    WallTime expires_at{};
    std::string host_pattern;  // glob of * and ?; "*" allows every name
    std::string note;          // of whoever made it, one line
    bool is_revoked = false;
    std::optional<WallTime> used_at;
    std::string used_host;
    std::string used_key;

    // What people call it by: the first digits of the hash. The token itself is not kept.
    std::string id() const { return hash.substr(0, 12); }
};

struct AgentRecord {
    AgentId agent;
    std::string public_key;
    WallTime enrolled_at{};
    std::optional<WallTime> revoked_at;
};

std::string encode(const TokenRecord& record);
std::string encode(const AgentRecord& record);
// corrupt, naming the row, when a line is missing or not what it should be.
Result<TokenRecord> decode_token(std::string_view hash, std::string_view row);
Result<AgentRecord> decode_agent(std::string_view agent, std::string_view row);

}  // namespace vigie::controller

// The rows of tokens and of agents' keys. Not the hosts' labels and health: those are the fleet's (Family::hosts).
//
// On disk, as lines of "name value" in this order, more names may follow in later versions (those after a bar came
// later, and older rows lack them):
//   Family::tokens  BLAKE2b-256 of the token, hex -> created_unix_ms, expires_unix_ms, hosts, note, revoked,
//                   used_unix_ms, used_host, used_key (of the last use) | uses_max, uses
//                   the hash, '/', a host -> key, used_unix_ms: one use of the token
//   Family::agents  agent id -> key, enrolled_unix_ms, revoked_unix_ms | key_unix_ms, next_key, rotation_unix_ms,
//                   controller_next
//   Family::meta    "barred_key/" and a public key -> host, barred_unix_ms, why: a key that is let in no more
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

struct TokenUse {
    std::string host;
    std::string public_key;
    WallTime at{};
};

struct TokenRecord {
    std::string hash;
    WallTime created_at{};
    WallTime expires_at{};
    std::string host_pattern;  // glob of * and ?; "*" allows every name
    std::string note;          // of whoever made it, one line
    bool is_revoked = false;
    std::optional<WallTime> used_at;  // the last use
    std::string used_host;
    std::string used_key;
    uint32_t uses_max = 1;  // different hosts that it lets in
    uint32_t uses = 0;
    std::vector<TokenUse> used_by{};  // by host; rows of their own, which only list_tokens reads

    // What people call it by: the first digits of the hash. The token itself is not kept.
    std::string id() const { return hash.substr(0, 12); }
};

struct AgentRecord {
    AgentId agent;
    std::string public_key;
    WallTime enrolled_at{};
    std::optional<WallTime> revoked_at{};
    WallTime key_since{};  // since when public_key is the host's
    // Let in besides public_key until the host has used it, which makes it public_key; "" outside a rotation.
    std::string next_key{};
    std::optional<WallTime> rotation_asked_at{};  // by an operator, until it is done
    std::string controller_next{};                // the controller's next key as the host said last that it keeps it

    bool is_rotating() const { return rotation_asked_at.has_value() || !next_key.empty(); }
};

// A key that was a host's and is let in no more.
struct BarredKey {
    std::string public_key;
    AgentId host;
    WallTime at{};
    std::string why;  // "revoked", "replaced"
};

std::string encode(const TokenRecord& record);
std::string encode(const AgentRecord& record);
std::string encode(const TokenUse& use);
std::string encode(const BarredKey& key);
// corrupt, naming the row, when a line is missing or not what it should be.
Result<TokenRecord> decode_token(std::string_view hash, std::string_view row);
Result<AgentRecord> decode_agent(std::string_view agent, std::string_view row);
Result<TokenUse> decode_token_use(std::string_view host, std::string_view row);
Result<BarredKey> decode_barred_key(std::string_view public_key, std::string_view row);

// Where they stand. A hash has no '/', nor has a host's name.
std::string token_use_key(std::string_view hash, std::string_view host);
std::string barred_key_key(std::string_view public_key);

}  // namespace vigie::controller

// Who may become an agent: one-time tokens (Family::tokens) and the agents' keys (Family::agents). Pure decisions over
// the store: nothing is written here, each change is a StoreBatch for the committer. No sockets.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/link/records.hpp"
#include "controller/store/state_store.hpp"
#include "protocol/messages/messages.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"
#include "shared/crypto/sodium_secret.hpp"
#include "shared/os/random.hpp"

namespace vigie::controller {

// ---- tokens, for operators ----
struct TokenWish {
    milliseconds ttl{std::chrono::hours{1}};
    std::string host_pattern = "*";
    std::string note{};
};
constexpr milliseconds token_ttl_max{std::chrono::hours{24 * 30}};
struct NewToken {
    Secret token;  // to be shown once
    TokenRecord record;
    StoreBatch batch;
};
// malformed when the ttl is not in (0, token_ttl_max], or pattern or note have more than one line.
Result<NewToken> create_token(const TokenWish& wish, WallTime now, Random& random);
// All of them, newest first.
Result<std::vector<TokenRecord>> list_tokens(const StateStore& store);
// By id or a longer beginning of the hash. not_found, or conflict when several begin so.
Result<StoreBatch> revoke_token(const StateStore& store, std::string_view id);

// ---- agents ----
Result<std::vector<AgentRecord>> list_agents(const StateStore& store);
// Public key -> agent, of all that are not revoked: what the ZAP thread needs.
Result<std::unordered_map<std::string, AgentId>> load_keys(const StateStore& store);
// The agent's key is no longer let in. The link must be told too: LinkThread::revoke. not_found when there is none.
Result<StoreBatch> revoke_agent(const StateStore& store, const AgentId& agent, WallTime now);

// ---- enrolment ----
struct EnrolmentRequest {
    protocol::Enrol enrol;
    std::string connection_key;  // the key that the connection proved to hold
};

class Enrolment {
  public:
    // `endpoint` is told to the agents.
    Enrolment(const StateStore& store, std::string endpoint) : store_(store), endpoint_(std::move(endpoint)) {}

    // Adds to `batch` what acceptance changes: the token's use and the agent's row, together. Sees what the batch holds
    // already, so several requests may be decided into one batch. Errors are the store's.
    // Refused: an unknown, expired, revoked or used token; a name outside the token's pattern; a name that another key
    // holds; a key that another name holds. Repeated with the same token, host and key it is accepted again.
    Result<protocol::Enrolled> decide(const EnrolmentRequest& request, WallTime now, StoreBatch& batch) const;

  private:
    protocol::Enrolled refuse(std::string why) const;
    protocol::Enrolled accept(const std::string& host) const;
    Result<std::string> reason_against(const EnrolmentRequest& request, const TokenRecord& token, WallTime now,
                                       const StoreBatch& batch) const;

    const StateStore& store_;
    const std::string endpoint_;
};

// Writes a decision down, into the batch that stores it; on the committer's thread. When it fails nothing is decided.
using EnrolmentNote = std::function<Result<void>(const protocol::Enrol&, const std::string& address,
                                                 const protocol::Enrolled&, StoreBatch&)>;

// Slows down guessing, though 128 bits need no help: an address with too many wrong tokens is not listened to.
class WrongTokens {
  public:
    bool is_blocked(const std::string& address, MonoTime now);
    void note(const std::string& address, MonoTime now);

  private:
    struct Count {
        int wrong = 0;
        MonoTime since{};
    };
    std::unordered_map<std::string, Count> by_address_;
};

// True when the whole name fits the glob.
bool is_host_in(std::string_view pattern, std::string_view host);

}  // namespace vigie::controller

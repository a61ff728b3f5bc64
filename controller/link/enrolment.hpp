// Who may become an agent: tokens (Family::tokens), and what a host that shows one becomes (Family::agents). Pure
// decisions over the store: nothing is written here, each change is a StoreBatch for the committer. No sockets.
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
    int64_t uses = 1;  // different hosts that it lets in
};
constexpr milliseconds token_ttl_max{std::chrono::hours{24 * 30}};
// A token of a whole fleet's would open all of it to whoever finds it; several cost nothing.
constexpr int64_t token_uses_max = 10'000;
// A note stands in a table.
constexpr size_t token_note_bytes_max = 200;
struct NewToken {
    Secret token;  // to be shown once
    TokenRecord record;
    StoreBatch batch;
};
// malformed when the ttl is not in (0, token_ttl_max], the uses not in [1, token_uses_max], the note no short line, or
// the pattern fits no name that a host may have.
Result<NewToken> create_token(const TokenWish& wish, WallTime now, Random& random);
// All of them, newest first.
Result<std::vector<TokenRecord>> list_tokens(const StateStore& store);
// By id or a longer beginning of the hash. not_found, or conflict when several begin so. Revoking again changes
// nothing.
Result<TokenRecord> revoke_token(const StateStore& store, std::string_view id, StoreBatch& batch);
enum class TokenState { active, used, expired, revoked };
TokenState state_of(const TokenRecord& token, WallTime now);
std::string_view name_of(TokenState state);

// ---- enrolment ----
struct EnrolmentRequest {
    protocol::Enrol enrol;
    std::string connection_key;  // the key that the connection proved to hold
};

class Enrolment {
  public:
    // `endpoint` is told to the agents.
    Enrolment(const StateStore& store, std::string endpoint) : store_(store), endpoint_(std::move(endpoint)) {}

    // Adds to `batch` what acceptance changes: the token's count, its use and the agent's row, together. Sees what the
    // batch holds already, so several requests may be decided into one batch. Errors are the store's. Refused: an
    // unknown, expired, revoked or used up token; a name outside the token's pattern; a name that another key holds; a
    // key that another name holds, or that is barred. Repeated with the same token, host and key it is accepted again.
    Result<protocol::Enrolled> decide(const EnrolmentRequest& request, WallTime now, StoreBatch& batch) const;

  private:
    protocol::Enrolled refuse(std::string why) const;
    protocol::Enrolled accept(const std::string& host) const;
    Result<std::optional<TokenUse>> use_of(const TokenRecord& token, const std::string& host,
                                           const StoreBatch& batch) const;
    static std::string reason_of_token(const EnrolmentRequest& request, const TokenRecord& token,
                                       const std::optional<TokenUse>& use, WallTime now);
    Result<std::string> reason_of_key(const EnrolmentRequest& request, const StoreBatch& batch) const;
    Result<void> admit(const EnrolmentRequest& request, TokenRecord token, WallTime now, StoreBatch& batch) const;
    Result<void> forget_controller_next(const std::string& host, StoreBatch& batch) const;

    const StateStore& store_;
    const std::string endpoint_;
};

// Writes a decision down, into the batch that stores it; on the committer's thread. When it fails nothing is decided.
// Not called for an acceptance that is only repeated.
using EnrolmentNote = std::function<Result<void>(const EnrolmentRequest&, const std::string& address,
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

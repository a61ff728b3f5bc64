// A host's identity: getting one with a token, and reading it back. The folder holds agent.key (secret, 0600) and
// identity.yaml; both together are the host to the controller, so nothing else may read the folder (0700). What a
// change of keys puts beside them is host_keys' and pinned_keys'.
#pragma once
#include <string>
#include <string_view>

#include "protocol/transport/keys.hpp"
#include "shared/core/error.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"
#include "shared/crypto/sodium_secret.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {

struct Identity {
    AgentId agent;
    std::string endpoint;        // tcp://HOST:PORT of the controller's main port
    std::string controller_key;  // pinned
    protocol::KeyPair keys;
};

// not_found when the host has not been enrolled; denied when others may read the key. Fields of later versions are
// passed over.
Result<Identity> load_identity(Files& files, const std::string& folder);
std::string identity_path(const std::string& folder);
// The file alone, without the host's own keys.
Result<Identity> read_identity(Files& files, const std::string& folder);
// Its text, of which `path` is named in errors: malformed when a field is missing, corrupt when one can't be right.
Result<Identity> parse_identity(std::string_view text, const std::string& path);
// All but the keys of its own.
Result<void> save_identity(Files& files, const std::string& folder, const Identity& identity);

// A token from a file that nobody else may read, or from standard input when the path is "-". Never from argv, which
// every user of the host sees.
Result<Secret> read_token(const std::string& path);

struct EnrolOptions {
    std::string endpoint;        // tcp://HOST:PORT of the controller's enrolment port
    std::string controller_key;  // as the controller's administrator gave it
    std::string host;            // the wanted name
    Secret token;
    std::string folder;         // of the identity; made when absent
    milliseconds timeout{10s};  // a controller that is there answers within one
};

// Makes a key pair (or takes the one that an earlier attempt left), asks the controller and saves the identity. Blocks
// up to the timeout. Safe to repeat after a lost answer: the same token, host and key get the same answer.
//   exists       an identity is there already
//   denied       the controller said no (the message is its reason), or this is not its enrolment port
//   timed_out    nobody answered
Result<Identity> enrol(const EnrolOptions& options, Files& files, const Clock& clock);

}  // namespace vigie::agent

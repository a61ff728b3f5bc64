// The ZAP thread (RFC 27): it says who may connect. Open it before any server socket of the same context, and destroy
// it after them: libzmq asks it once for each handshake, and a socket without it is refused by ENFORCE_DOMAIN.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "protocol/transport/context.hpp"
#include "protocol/transport/key_table.hpp"
#include "shared/os/clock.hpp"

namespace vigie::protocol {

// What a message's metadata has besides User-Id: the key (Z85) that its connection was made with.
constexpr const char* key_property = "X-Vigie-Key";
// And the number of its handshake, in decimal, which grows from one to the next.
constexpr const char* handshake_property = "X-Vigie-Handshake";

// The domain of the main port: only keys of the table, and User-Id is the AgentId.
constexpr const char* agents_domain = "agents";
// The domain of the enrolment port: any key, and User-Id is the key itself (Z85), proven by the handshake.
constexpr const char* enrolment_domain = "enrol";
// The domain of the operators' port, which has a ZAP thread and a table of its own; there User-Id is the key.
constexpr const char* operators_domain = "operators";

struct ZapLimits {
    // A handshake costs about 100 us of a core; above this the others get 300 and come back after their jitter.
    int handshakes_per_second_max = 2'000;
    // One key that reconnects faster than this is in a loop, or copied to many hosts.
    int handshakes_per_key_per_minute_max = 60;
};

class ZapThread {
  public:
    // Somebody holds the secret of a key that was this agent's and is barred. At most once an hour for each key; on the
    // ZAP thread.
    using FormerKey = std::function<void(const AgentId& agent, const std::string& key, const std::string& address)>;

    // Keeps references to keys and clock. `domain`: the one whose keys are those of the table. conflict when the
    // context has a ZAP handler already.
    static Result<std::unique_ptr<ZapThread>> open(const Context& context, const KeyTable& keys, const Clock& clock,
                                                   ZapLimits limits = {}, std::string domain = agents_domain,
                                                   FormerKey former_key = {});
    ~ZapThread();
    ZapThread(const ZapThread&) = delete;
    ZapThread& operator=(const ZapThread&) = delete;

    struct Counts {
        uint64_t accepted = 0;
        uint64_t refused = 0;     // 400
        uint64_t overloaded = 0;  // 300
        std::optional<MonoTime> last_refused_at{};
    };
    Counts counts() const;  // any thread

  private:
    struct State;
    explicit ZapThread(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace vigie::protocol

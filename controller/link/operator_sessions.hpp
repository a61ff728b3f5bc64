// Which operators' connections there are, and what each key may ask now. Pure: time comes as an argument.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/link/operator_port.hpp"
#include "protocol/transport/router_socket.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

class OperatorSessions {
  public:
    // `is_open`: whether a connection is still there. Ended ones are looked for only when room is needed.
    OperatorSessions(const OperatorLimits& limits, std::function<bool(const protocol::Connection&)> is_open)
        : limits_(limits), is_open_(std::move(is_open)) {}

    enum class Verdict : uint8_t {
        ask,    // answered() must follow
        busy,   // the connection's request before has no answer yet
        slow,   // the key asks more often than it may
        flood,  // … and goes on so: to be cut, since each refusal costs a core as much as its request
    };
    struct Ended {
        std::string key;
        protocol::Connection connection;
    };
    struct Admission {
        Verdict verdict = Verdict::ask;
        std::vector<Ended> to_cut;  // the one that floods, or what makes way for this one
    };
    Admission admit(const std::string& routing_id, const std::string& key, const protocol::Connection& connection,
                    MonoTime now);
    // The connection may ask again. False: it is not known any more.
    bool answered(const std::string& routing_id, MonoTime now);
    // nullopt when it is not known any more. It is forgotten.
    std::optional<Ended> end(const std::string& routing_id);
    // Forgets the connections of keys that are not in the table, and gives them.
    std::vector<protocol::Connection> end_all_but(const std::set<std::string>& keys);
    // Forgets the connections that have asked nothing for quiet_max and wait for no answer, and gives them.
    std::vector<protocol::Connection> end_quiet(MonoTime now);
    size_t size() const { return sessions_.size(); }

  private:
    struct Session {
        std::string key;
        protocol::Connection connection;
        MonoTime heard_at{};  // or answered
        bool is_asking = false;
    };
    struct Allowance {
        double requests = 0;
        MonoTime at{};
    };
    Verdict take_allowance(const std::string& key, MonoTime now);
    size_t count_of(const std::string& key) const;
    std::vector<Ended> make_room(const std::string& key);
    Ended end_quietest(const std::string& key);

    const OperatorLimits limits_;
    const std::function<bool(const protocol::Connection&)> is_open_;
    std::unordered_map<std::string, Session> sessions_;      // by routing id
    std::unordered_map<std::string, Allowance> allowances_;  // by key: as many as the table has had
};

}  // namespace vigie::controller

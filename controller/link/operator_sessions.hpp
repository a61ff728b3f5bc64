// Which operators' connections there are, and what each key may ask now. Pure: time comes as an argument.
#pragma once
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
    explicit OperatorSessions(const OperatorLimits& limits) : limits_(limits) {}

    enum class Verdict : uint8_t {
        ask,    // answered() must follow
        busy,   // the connection's request before has no answer yet
        slow,   // the key asks more often than it may
        flood,  // … and goes on so: to be cut, since each refusal costs a core as much as its request
    };
    struct Admission {
        Verdict verdict = Verdict::ask;
        std::optional<protocol::Connection> to_cut;  // it makes way
    };
    Admission admit(const std::string& routing_id, const std::string& key, const protocol::Connection& connection,
                    MonoTime now);
    // The connection may ask again. False: it is not known any more.
    bool answered(const std::string& routing_id);
    // nullopt when it is not known any more. It is forgotten.
    std::optional<protocol::Connection> end(const std::string& routing_id);
    // Forgets the connections of keys that are not in the table, and gives them.
    std::vector<protocol::Connection> end_all_but(const std::set<std::string>& keys);
    size_t size() const { return sessions_.size(); }

  private:
    struct Session {
        std::string key;
        protocol::Connection connection;
        MonoTime heard_at{};
        bool is_asking = false;
    };
    struct Allowance {
        double requests = 0;
        MonoTime at{};
    };
    Verdict take_allowance(const std::string& key, MonoTime now);
    std::optional<protocol::Connection> make_room(const std::string& key);
    void forget_oldest();

    const OperatorLimits limits_;
    std::unordered_map<std::string, Session> sessions_;      // by routing id
    std::unordered_map<std::string, Allowance> allowances_;  // by key: as many as the table has had
};

}  // namespace vigie::controller

// Operators who come over the network: their keys from the configuration, their port, and the desk's answers for them.
// On the main loop; the port has a thread of its own.
#pragma once
#include <map>

#include "controller/app/witness.hpp"
#include "controller/config/controller_config.hpp"
#include "controller/link/operator_port.hpp"
#include "shared/loop/loop.hpp"

namespace vigie::controller {

struct RemoteOperator {
    std::string name;
    Role role = Role::viewer;
};
using OperatorBook = std::map<std::string, RemoteOperator>;  // by public key

// Errors name file and line: a name, key or role that cannot be one, one key under two names, keys without a port.
Result<OperatorBook> operators_of(const ControllerConfig& config);

class RemoteOperators {
  public:
    // Listens from start() on. Keeps the references.
    static Result<std::unique_ptr<RemoteOperators>> open(const OperatorPortOptions& options, OperatorBook book,
                                                         Loop& loop, const Desk& desk, Witness& witness,
                                                         const Clock& clock);
    void start() { port_->start(); }
    void stop() { port_->stop(); }
    const std::string& endpoint() const { return port_->endpoint(); }
    // From now on the book is this one: the connections of keys that are not in it end, roles hold from the next
    // request.
    void replace(OperatorBook book);

  private:
    RemoteOperators(OperatorBook book, const Desk& desk, Witness& witness)
        : book_(std::move(book)), desk_(desk), witness_(witness) {}
    void answer(const std::string& key, const std::string& address, const std::string& line,
                const OperatorPort::Reply& reply) const;

    OperatorBook book_;
    const Desk& desk_;
    Witness& witness_;
    std::unique_ptr<OperatorPort> port_;
};

}  // namespace vigie::controller

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
    uint64_t cuts() const { return port_->cuts(); }
    // From now on the book is this one: the connections of keys that are not in it end, roles hold from the next
    // request. What differs is recorded.
    void replace(OperatorBook book);

  private:
    RemoteOperators(OperatorBook book, const Desk& desk, Witness& witness, const Clock& clock)
        : book_(std::move(book)), desk_(desk), witness_(witness), clock_(clock) {}
    void tell_cut(const std::string& key, OperatorCut why);
    void answer(const std::string& key, const std::string& address, const std::string& line,
                const OperatorPort::Reply& reply) const;

    OperatorBook book_;
    const Desk& desk_;
    Witness& witness_;
    const Clock& clock_;
    log::Throttle cuts_told_{.lines_max = 10, .period = 60s};
    std::unique_ptr<OperatorPort> port_;
};

// At the start: records the book unless it is the one that was recorded last, so that one that was changed while the
// controller was down stands in the log too. Errors are the store's.
Result<void> note_book(const StateStore& store, const OperatorBook& book, Witness& witness);

}  // namespace vigie::controller

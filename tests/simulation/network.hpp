// The wires between hosts and controller. They lose, repeat, delay and reorder, and some are cut, also one way only.
#pragma once
#include <map>
#include <vector>

#include "protocol/codec/codec.hpp"
#include "tests/simulation/world.hpp"

namespace vigie::simulation {

enum class Way { to_controller = 0, to_agent = 1 };

class Network {
  public:
    using Receive = std::function<void(size_t host, uint64_t connection, const protocol::Frames& frames)>;
    using Lose = std::function<void(size_t host, uint64_t connection)>;

    explicit Network(World& world) : world_(world), cut_until_(world.faults.hosts) {}
    void on_controller_receives(Receive receive) { receive_.at(0) = std::move(receive); }
    void on_agent_receives(Receive receive) { receive_.at(1) = std::move(receive); }
    void on_agent_loses(Lose lose) { lose_ = std::move(lose); }

    // 0: the controller can't be reached.
    uint64_t connect(size_t host);
    // The agent closed it; it hears nothing more of it. What is under way may still arrive.
    void close(uint64_t connection) { connections_.erase(connection); }
    // The controller, its host or the wire did; the agent is told in a while.
    void lose(uint64_t connection);
    void lose_all();
    void send(Way way, uint64_t connection, const protocol::Frames& frames);
    // Nothing that is under way arrives.
    void forget_all_under_way() { ++generation_; }
    void cut(size_t host, milliseconds time);
    bool is_connected(uint64_t connection) const { return connections_.contains(connection); }
    uint64_t delivered() const { return delivered_; }

  private:
    struct Connection {
        size_t host = 0;
        std::array<MonoTime, 2> last_arrival;
    };
    bool is_cut(Way way, size_t host) const;
    void deliver(Way way, uint64_t id, Connection& connection, const protocol::Frames& frames);

    World& world_;
    std::array<Receive, 2> receive_;
    Lose lose_;
    std::map<uint64_t, Connection> connections_;
    std::vector<std::array<MonoTime, 2>> cut_until_;  // by host and way
    uint64_t opened_ = 0;
    uint64_t generation_ = 0;
    uint64_t delivered_ = 0;
};

}  // namespace vigie::simulation

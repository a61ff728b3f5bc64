// Enrols the load's agents over the controller's real port, some at a time. Each brings a key pair of its own; nothing
// is written on this side.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "protocol/transport/agent_socket.hpp"
#include "tests/bench/link/load_agent.hpp"

namespace vigie::load {

struct EnrolWish {
    std::string name;
    std::string token;
    protocol::KeyPair keys = protocol::make_key_pair();
};

class Enroller {
  public:
    // `world.endpoint` is not used: it asks at `endpoint`.
    Enroller(World& world, std::string endpoint, std::vector<EnrolWish>& wishes, LoadAgent::Watch watch);

    // Goes on with every question that is open and opens new ones. To be called when a descriptor woke, and now and
    // then. denied with the controller's words when it refuses one.
    Result<void> go_on();
    bool is_done() const { return open_.empty() && next_ == wishes_.size(); }
    size_t enrolled() const { return enrolled_; }

  private:
    struct Question {
        EnrolWish* wish = nullptr;
        std::unique_ptr<protocol::AgentSocket> socket{};
        MonoTime again_at{};
        bool is_asked = false;
    };
    Result<void> go_on(Question& question);
    Result<bool> take_answer(Question& question);

    World& world_;
    const std::string endpoint_;
    std::vector<EnrolWish>& wishes_;
    LoadAgent::Watch watch_;
    size_t next_ = 0;
    size_t enrolled_ = 0;
    std::deque<Question> open_;
};

}  // namespace vigie::load

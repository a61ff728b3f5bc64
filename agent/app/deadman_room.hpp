// The agent's own way to page: what agent/deadman decides is posted by a worker, so that the daemon links no TLS, and
// what a restart must remember is kept in a file of the state folder.
#pragma once
#include <memory>

#include "agent/deadman/page_json.hpp"
#include "agent/jobs/children.hpp"
#include "protocol/messages/messages.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {

struct DeadmanSetup {
    DeadmanOptions options;
    DeadmanFacts facts;
    std::string worker;      // path of vigie-worker
    std::string state_file;  // path
};

class DeadmanRoom {
  public:
    // Keeps the references. A state file that can't be read is told, and begun anew.
    DeadmanRoom(Children& children, Files& files, const Clock& clock, DeadmanSetup setup);
    DeadmanRoom(const DeadmanRoom&) = delete;
    DeadmanRoom& operator=(const DeadmanRoom&) = delete;

    void heard(const protocol::Pong& pong);

  private:
    static DeadmanState load(Files& files, const std::string& path);
    void go_on();
    void post(const DeadmanPage& page);
    void on_exit(const ChildExit& exit);
    void finish(Posted outcome, const std::string& why);
    void save();

    Children& children_;
    Files& files_;
    const Clock& clock_;
    const DeadmanSetup setup_;
    Deadman deadman_;
    DeadmanState saved_;
    std::unique_ptr<Delay> delay_;
    std::unique_ptr<RunningChild> child_;
    bool is_taking_back_ = false;  // what is under way
};

}  // namespace vigie::agent

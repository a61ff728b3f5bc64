// The states of checks in a file of the agent's state folder, so that its restart neither ends an alert nor begins one.
// Loop thread only.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "agent/checks/check_memory.hpp"
#include "agent/jobs/children.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {

// When a network fails a hundred checks change within seconds, and a file is written for all of them.
constexpr milliseconds check_save_delay = 1s;

class CheckKeeper {
  public:
    // `current`: the states to keep. Keeps the references.
    CheckKeeper(Children& children, Files& files, std::string path, std::function<RememberedChecks()> current);
    CheckKeeper(const CheckKeeper&) = delete;
    CheckKeeper& operator=(const CheckKeeper&) = delete;

    // What the file holds. What can't be read is told, and begins anew.
    RememberedChecks load();
    // Writes after check_save_delay.
    void note_change();
    // Writes now what is to outlive this agent; nothing is written after it.
    void close();

  private:
    void save();

    Children& children_;
    Files& files_;
    const std::string path_;
    const std::function<RememberedChecks()> current_;
    std::string saved_;
    std::string trouble_;  // told last
    bool is_closed_ = false;
    std::unique_ptr<Delay> delay_;
};

}  // namespace vigie::agent

// What an outside watcher waits for. Each heartbeat is handed from part to part, and goes out only when all of them
// took it: the loop, whose timer begins it; the thread that evaluates rules; the committer, which stores a row for it;
// the notifier, which sends it. One that hangs stops the heartbeats, and no list of what may be wrong is kept.
#pragma once
#include <atomic>
#include <functional>

#include "controller/store/committer.hpp"
#include "shared/loop/loop.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

// Of Family::meta: when the last heartbeat was stored, in Unix ms (i64).
constexpr std::string_view heartbeat_key = "heartbeat";

class Heartbeat {
  public:
    struct Ways {
        // Any thread. Calls it on the rules' thread.
        std::function<void(std::function<void()>)> through_rules;
        std::function<void()> send;  // any thread: the notifier sends it
    };
    // Keeps the references. start() begins at once, then every so often.
    Heartbeat(Loop& loop, CommitQueue& commits, const Clock& clock, milliseconds every, Ways ways);

    void start();
    void begin();  // on the loop; nothing while one is on its way

  private:
    void store();

    CommitQueue& commits_;
    const Clock& clock_;
    const milliseconds every_;
    const Ways ways_;
    std::atomic<bool> is_on_its_way_ = false;  // with a hung part they would pile up before it
    Timer timer_;
};

}  // namespace vigie::controller

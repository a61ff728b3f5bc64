// One libuv loop and what lives on it. Everything here is confined to the loop's thread, but for post().
// Callbacks must not block and must not throw.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

struct uv_loop_s;

namespace vigie {

using Task = std::function<void()>;

class Loop {
  public:
    // SIGPIPE is ignored from then on: writing to a peer that has left is an error, not the end of the process.
    static Result<std::unique_ptr<Loop>> open();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void run();   // until stop(); the calling thread becomes the loop's
    void stop();  // any thread: posts
    bool on_thread() const;
    // Any thread: runs the task on the loop's thread, in order. The queue is bounded (posted_tasks_max): over it the
    // caller waits, unless it is the loop's own thread.
    void post(Task task);
    // Runs `work` on a thread of a pool of four and then `done` on the loop. At exit, work under way is waited for.
    void run_on_pool(Task work, Task done);

    uv_loop_s* raw();  // for the other files of this folder

  private:
    struct State;
    explicit Loop(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Calls back on the loop, once or again and again. Destroying it stops it. Late ticks are not made up for.
class Timer {
  public:
    Timer(Loop& loop, Task on_tick);
    ~Timer();
    void start_once(milliseconds delay);
    void start_every(milliseconds period);  // first tick after one period
    void stop();

  private:
    struct Handle;
    Handle* handle_;  // libuv closes it on the loop and then frees it
};

// A descriptor whose readiness must be drained by a loop of its own rules (ZeroMQ's): `drain_some` runs in each check
// phase in which `has_more` says so, and the loop does not sleep while it does. See docs/decisions for why receiving in
// the poll callback itself hangs.
class DrainWatcher {
  public:
    DrainWatcher(Loop& loop, int fd, std::function<bool()> has_more, Task drain_some);
    ~DrainWatcher();

  private:
    struct Handle;
    Handle* handle_;
};

// Plain readability of a descriptor.
class ReadWatcher {
  public:
    ReadWatcher(Loop& loop, int fd, Task on_readable);
    ~ReadWatcher();

  private:
    struct Handle;
    Handle* handle_;
};

class SignalWatcher {
  public:
    SignalWatcher(Loop& loop, int signal, Task on_signal);
    ~SignalWatcher();

  private:
    struct Handle;
    Handle* handle_;
};

}  // namespace vigie

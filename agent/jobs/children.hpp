// What runs need of the world: child processes, and time that passes. The daemon gives its loop's, a simulation its
// own. Everything on one thread, the loop's.
#pragma once
#include <functional>
#include <memory>

#include "shared/loop/child.hpp"

namespace vigie::agent {

// A child alive. Destroying it kills its whole group, and its end is not told.
class RunningChild {
  public:
    virtual ~RunningChild() = default;
    // As ChildProcess::end_group.
    virtual void end_group(milliseconds grace) = 0;
};

// Something that happens later. Destroying it calls it off; its own task may do so.
class Delay {
  public:
    virtual ~Delay() = default;
};

class Children {
  public:
    virtual ~Children() = default;
    // As ChildProcess::start.
    virtual Result<std::unique_ptr<RunningChild>> start(ChildCommand command,
                                                        std::function<void(ChildExit)> on_exit) = 0;
    // Calls once, on the monotonic clock.
    virtual std::unique_ptr<Delay> after(milliseconds delay, Task task) = 0;
    // Calls once, later on this thread.
    virtual void post(Task task) = 0;
    virtual bool on_thread() const = 0;
};

// Real children on a real loop, which must outlive it and all that it gave.
class LoopChildren final : public Children {
  public:
    explicit LoopChildren(Loop& loop) : loop_(loop) {}
    Result<std::unique_ptr<RunningChild>> start(ChildCommand command, std::function<void(ChildExit)> on_exit) override;
    std::unique_ptr<Delay> after(milliseconds delay, Task task) override;
    void post(Task task) override { loop_.post(std::move(task)); }
    bool on_thread() const override { return loop_.on_thread(); }

  private:
    Loop& loop_;
};

}  // namespace vigie::agent

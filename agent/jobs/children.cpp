// Children and delays of a libuv loop.
#include "agent/jobs/children.hpp"

namespace vigie::agent {
namespace {

class LoopChild final : public RunningChild {
  public:
    explicit LoopChild(std::unique_ptr<ChildProcess> child) : child_(std::move(child)) {}
    void end_group(milliseconds grace) override { child_->end_group(grace); }

  private:
    std::unique_ptr<ChildProcess> child_;
};

class LoopDelay final : public Delay {
  public:
    LoopDelay(Loop& loop, milliseconds delay, Task task) : timer_(loop, std::move(task)) { timer_.start_once(delay); }

  private:
    Timer timer_;
};

}  // namespace

Result<std::unique_ptr<RunningChild>> LoopChildren::start(ChildCommand command,
                                                          std::function<void(ChildExit)> on_exit) {
    VIGIE_TRY(auto child, ChildProcess::start(loop_, std::move(command), std::move(on_exit)));
    return std::make_unique<LoopChild>(std::move(child));
}

std::unique_ptr<Delay> LoopChildren::after(milliseconds delay, Task task) {
    return std::make_unique<LoopDelay>(loop_, delay, std::move(task));
}

}  // namespace vigie::agent

// What other threads ask of the link thread: a bounded queue and an eventfd that its poll sees.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/os/fd.hpp"

namespace vigie::controller {

class Mailbox {
  public:
    using Command = std::function<void()>;

    Result<void> open();
    // Any thread: waits while the box is full. After close() commands are dropped.
    void post(Command command);
    // The link thread: all that is queued, in order.
    std::vector<Command> take();
    void close();
    bool is_closed() const;
    int fd() const { return wake_.get(); }

  private:
    mutable std::mutex guard_;
    std::condition_variable has_room_;
    std::vector<Command> commands_;
    bool is_closed_ = false;
    Fd wake_;
};

}  // namespace vigie::controller

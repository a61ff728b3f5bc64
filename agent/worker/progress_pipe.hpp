// Progress to the daemon, on the pipe it gave. Never holds up the work: a report that does not fit is dropped.
#pragma once
#include <optional>
#include <string>

#include "protocol/messages/messages.hpp"

namespace vigie::agent {

class ProgressPipe {
  public:
    // Without a descriptor send() does nothing. The descriptor stays open and belongs to the process.
    explicit ProgressPipe(std::optional<int> fd);
    void send(const protocol::JobProgress& progress);

  private:
    std::optional<int> fd_;
    std::string rest_;  // of a frame that was written in part: the next bytes must be these
};

}  // namespace vigie::agent

// Notices that the other end of a connection left, while nobody reads from it.
#pragma once
#include "shared/loop/loop.hpp"

namespace vigie {

class HangupWatcher {
  public:
    // Calls back once, later on the loop, when the peer has closed its side or the connection broke. The descriptor
    // must stay open until the watcher is destroyed; nobody else may watch it in the same loop meanwhile.
    HangupWatcher(Loop& loop, int fd, Task on_gone);
    ~HangupWatcher();
    HangupWatcher(const HangupWatcher&) = delete;
    HangupWatcher& operator=(const HangupWatcher&) = delete;

  private:
    struct Handle;
    Handle* handle_;  // libuv closes it on the loop and then frees it
};

}  // namespace vigie

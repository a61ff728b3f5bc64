// EPOLLRDHUP, which epoll tells without a read.
#include "shared/loop/hangup.hpp"

#include <uv.h>

#include "shared/core/assert.hpp"

namespace vigie {

struct HangupWatcher::Handle {
    uv_poll_t poll{};
    Task on_gone;
};

HangupWatcher::HangupWatcher(Loop& loop, int fd, Task on_gone) : handle_(new Handle) {
    VIGIE_ASSERT(loop.on_thread());
    handle_->on_gone = std::move(on_gone);
    VIGIE_ASSERT(uv_poll_init(loop.raw(), &handle_->poll, fd) == 0);
    handle_->poll.data = handle_;
    uv_poll_start(&handle_->poll, UV_DISCONNECT, [](uv_poll_t* poll, int, int) {
        uv_poll_stop(poll);
        // A copy, since the callback may destroy the watcher.
        const auto on_hangup = std::move(static_cast<Handle*>(poll->data)->on_gone);
        on_hangup();
    });
}

HangupWatcher::~HangupWatcher() {
    uv_poll_stop(&handle_->poll);
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
             [](uv_handle_t* closed) { delete static_cast<Handle*>(closed->data); });
}

}  // namespace vigie

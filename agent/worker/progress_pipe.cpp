// Frames of progress onto a pipe that does not block.
#include "agent/worker/progress_pipe.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "protocol/codec/progress.hpp"

namespace vigie::agent {

ProgressPipe::ProgressPipe(std::optional<int> fd) : fd_(fd) {
    if (fd_) {
        const int flags = fcntl(*fd_, F_GETFL);
        if (flags < 0 || fcntl(*fd_, F_SETFL, flags | O_NONBLOCK) != 0) {
            fd_.reset();
        }
    }
}

void ProgressPipe::send(const protocol::JobProgress& progress) {
    if (!fd_) {
        return;
    }
    // A frame begun is finished before the next one; while the reader is slow, frames between are dropped.
    const bool has_rest = !rest_.empty();
    const auto bytes = has_rest ? rest_ : protocol::encode_progress_frame(progress);
    const auto written = write(*fd_, bytes.data(), bytes.size());
    if (written < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            fd_.reset();  // the reader is gone
        }
        return;
    }
    rest_ = bytes.substr(static_cast<size_t>(written));
    if (has_rest && rest_.empty()) {
        send(progress);
    }
}

}  // namespace vigie::agent

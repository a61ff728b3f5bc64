// One write to the eventfd for each batch of commands, not for each command.
#include "controller/link/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace vigie::controller {
namespace {
// Four of the committer's groups: one notice for each entry of them.
constexpr size_t commands_max = 16'384;

void ring(int fd) {
    const uint64_t one = 1;
    [[maybe_unused]] const auto wrote = write(fd, &one, sizeof one);  // fails only when it rings already
}
}  // namespace

Result<void> Mailbox::open() {
    wake_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake_) {
        return fail(errno_error(errno, "link thread's eventfd"));
    }
    return {};
}

void Mailbox::post(Command command) {
    std::unique_lock lock(guard_);
    has_room_.wait(lock, [this] { return commands_.size() < commands_max || is_closed_; });
    if (is_closed_) {
        return;
    }
    commands_.push_back(std::move(command));
    if (commands_.size() == 1) {
        ring(wake_.get());
    }
}

std::vector<Mailbox::Command> Mailbox::take() {
    uint64_t rings = 0;
    [[maybe_unused]] const auto got = read(wake_.get(), &rings, sizeof rings);
    std::vector<Command> taken;
    {
        const std::lock_guard lock(guard_);
        taken = std::exchange(commands_, {});
    }
    has_room_.notify_all();
    return taken;
}

void Mailbox::close() {
    {
        const std::lock_guard lock(guard_);
        is_closed_ = true;
    }
    has_room_.notify_all();
    ring(wake_.get());
}

bool Mailbox::is_closed() const {
    const std::lock_guard lock(guard_);
    return is_closed_;
}

}  // namespace vigie::controller

// A poll at a time. Positions are written a poll after they were reached: by then the errors before them are in the
// outbox, so that a crash may tell something twice but leaves nothing out.
#include "agent/app/error_room.hpp"

#include <condition_variable>
#include <mutex>

#include "shared/core/assert.hpp"
#include "shared/core/harmless.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {

// An fsync every ten seconds; what was read since is read again after a crash.
constexpr int polls_between_saves = 10;
// Of 400 logs with the longest paths that Linux has, escaped.
constexpr Bytes positions_bytes_max = 8_MiB;

}  // namespace

struct ErrorRoom::Shared {
    bool is_over = false;  // of the loop: the room is gone
    std::mutex guard;      // of what follows
    std::condition_variable worked;
    bool is_working = false;
    std::string trouble;  // of writing the positions
};

ErrorRoom::ErrorRoom(Loop& loop, Files& files, const Clock& clock, ErrorRoomSetup setup, ErrorRoomCallbacks callbacks)
    : loop_(loop),
      files_(files),
      clock_(clock),
      positions_file_(std::move(setup.positions_file)),
      callbacks_(std::move(callbacks)),
      shared_(std::make_shared<Shared>()),
      timer_(loop, [this] { begin_poll(); }) {
    told_positions_ = load_positions();
    source_ = std::make_unique<errors::ErrorSource>(logs_, std::move(setup.options), told_positions_);
    timer_.start_every(setup.poll_every);
}

ErrorRoom::~ErrorRoom() {
    close();
}

errors::Positions ErrorRoom::load_positions() {
    if (!files_.is_present(positions_file_)) {
        return {};
    }
    const auto text = files_.read(positions_file_, positions_bytes_max);
    auto parsed = text ? errors::parse_positions(*text) : fail(text.error());
    if (!parsed) {
        callbacks_.notice(
            fmt::format("{}: {}: logs are read from their ends", positions_file_, parsed.error().message));
        return {};
    }
    if (!parsed->bad_lines.empty()) {
        callbacks_.notice(fmt::format("{}: line {} and {} more can't be read: these logs are read from their ends",
                                      positions_file_, parsed->bad_lines.front(), parsed->bad_lines.size() - 1));
    }
    return std::move(parsed->positions);
}

void ErrorRoom::begin_poll() {
    VIGIE_ASSERT(loop_.on_thread());
    if (is_polling_ || is_closed_) {
        return;
    }
    is_polling_ = true;
    shared_->is_working = true;  // nobody else looks at it yet
    loop_.run_on_pool(
        [this, shared = shared_] {
            poll();
            const std::lock_guard lock(shared->guard);
            shared->is_working = false;
            shared->worked.notify_all();
        },
        [this, shared = shared_] {
            if (!shared->is_over) {
                end_poll();
            }
        });
}

void ErrorRoom::poll() {
    if (polls_until_save_-- == 0) {
        polls_until_save_ = polls_between_saves - 1;
        const auto written = files_.write_atomically(positions_file_, write_positions(told_positions_), 0600);
        const std::lock_guard lock(shared_->guard);
        shared_->trouble = written ? std::string() : written.error().message;
    }
    outcome_ = source_->poll(clock_.wall(), clock_.mono());
    if (polls_until_save_ == 0) {
        told_positions_ = source_->positions();  // told before the next poll begins
    }
}

void ErrorRoom::end_poll() {
    is_polling_ = false;
    for (auto& notice : outcome_.notices) {
        callbacks_.notice(std::move(notice));
    }
    const std::string trouble = shared_->trouble;  // the pool is at rest
    if (trouble != std::exchange(trouble_, trouble) && !trouble.empty()) {
        callbacks_.notice("how far logs were read can't be kept: " + trouble);
    }
    tell_all(std::move(outcome_.reports));
    counted_ = std::move(outcome_.counted);
    outcome_ = {};
}

void ErrorRoom::write_series(SeriesWriter& out) const {
    for (const auto& [path, count] : counted_) {
        const auto log = harmless(path);
        out.add(SeriesName("vigie_log_errors_total"), {{"log", log}}, static_cast<double>(count));
    }
}

void ErrorRoom::tell_all(std::vector<errors::ErrorReport> reports) {
    for (const auto& report : reports) {
        callbacks_.tell(report);
    }
}

void ErrorRoom::close() {
    if (std::exchange(is_closed_, true)) {
        return;
    }
    timer_.stop();
    shared_->is_over = true;
    {
        std::unique_lock lock(shared_->guard);
        shared_->worked.wait(lock, [this] { return !shared_->is_working; });
    }
    tell_all(std::move(outcome_.reports));  // of a poll whose end the loop has not heard of
    tell_all(source_->finish(clock_.wall(), clock_.mono()));
    const auto written = files_.write_atomically(positions_file_, write_positions(source_->positions()), 0600);
    if (!written) {
        log::error("how far logs were read can't be kept: {}", written.error().message);
    }
}

}  // namespace vigie::agent

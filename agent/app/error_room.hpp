// Has the logs of the configuration followed on the loop's thread pool, and keeps how far they were read. Loop thread
// only.
#pragma once
#include <memory>

#include "agent/errors/error_source.hpp"
#include "agent/errors/system_log_files.hpp"
#include "agent/series/series_writer.hpp"
#include "shared/loop/loop.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {

struct ErrorRoomSetup {
    errors::ErrorOptions options;
    std::string positions_file;
    milliseconds poll_every{1'000};
};

struct ErrorRoomCallbacks {
    std::function<void(const errors::ErrorReport&)> tell;
    std::function<void(std::string)> notice;  // for people: what can't be followed, or was passed over
};

class ErrorRoom {
  public:
    // Begins at once. The first three are also used by the pool's threads, and must outlive it.
    ErrorRoom(Loop& loop, Files& files, const Clock& clock, ErrorRoomSetup setup, ErrorRoomCallbacks callbacks);
    ~ErrorRoom();
    ErrorRoom(const ErrorRoom&) = delete;
    ErrorRoom& operator=(const ErrorRoom&) = delete;

    // Waits for the poll under way, tells all that was counted and keeps the positions. Once, and before what the
    // callbacks use is gone; nothing is told afterwards.
    void close();

    // vigie_log_errors_total of each log, as of the last poll.
    void write_series(SeriesWriter& out) const;

  private:
    // Outlives the room until the loop has heard of the poll's end.
    struct Shared;

    errors::Positions load_positions();
    void begin_poll();
    void poll();  // on the pool
    void end_poll();
    void tell_all(std::vector<errors::ErrorReport> reports);

    Loop& loop_;
    Files& files_;
    const Clock& clock_;
    const std::string positions_file_;
    ErrorRoomCallbacks callbacks_;
    errors::SystemLogFiles logs_;
    // While a poll is under way these four are the pool's; counted_ is the loop's.
    std::unique_ptr<errors::ErrorSource> source_;
    errors::PollOutcome outcome_;
    errors::Positions told_positions_;  // up to which all errors were told
    int polls_until_save_ = 0;
    std::map<std::string, uint64_t> counted_;  // of the last poll that ended
    bool is_polling_ = false;
    bool is_closed_ = false;
    std::string trouble_;  // of the positions, told last
    std::shared_ptr<Shared> shared_;
    Timer timer_;
};

}  // namespace vigie::agent

// One log read to its end, again and again, whatever a rotation does to it: renamed and made anew, copied and
// truncated, or replaced while the agent was not running. Over an interface: it knows no file system and no clock.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/errors/log_files.hpp"

namespace vigie::agent::errors {

// A longer line is given as its beginning.
constexpr size_t line_bytes_max = 64 * 1024;

// How far a file was read. The bytes before it tell whether the file is still the same: a truncated one can have grown
// beyond the offset, and a file system gives a new file the inode of one that was removed.
struct Position {
    FileId file;
    uint64_t offset = 0;
    uint64_t tail_hash = 0;  // of the tail_bytes_max bytes before the offset, or of as many as there are
    bool operator==(const Position&) const = default;
};
constexpr size_t tail_bytes_max = 64;

struct FollowLimits {
    // In one poll, so that one file can't keep the others waiting: each second 100,000 lines of 160 bytes.
    uint64_t poll_bytes_max = 16 * 1024 * 1024;
    // What lies further back than this is passed over: after a long standstill the newest errors matter more, and a
    // file that grows faster than it is read must not fall behind for ever.
    uint64_t backlog_bytes_max = 256 * 1024 * 1024;
    // A file that was renamed is read on for as many polls without a byte, since its writer may not have noticed yet:
    // the first when the new one is written to, the second while that is empty.
    int idle_polls = 2;
    int idle_polls_unwritten = 10;
};

struct FollowOutcome {
    uint64_t bytes = 0;          // read
    uint64_t bytes_skipped = 0;  // passed over
    bool has_more = false;       // there was more than one poll takes
};

class FileFollower {
  public:
    using TakeLine = std::function<void(std::string_view line)>;
    enum class Begin { at_end, at_start };  // of a file that was not known

    // `files` must outlive it.
    FileFollower(LogFiles& files, std::string path, std::optional<Position> known, Begin begin,
                 FollowLimits limits = {});

    // Gives the lines that are whole. A file that is not there is no error: it may come.
    Result<FollowOutcome> poll(const TakeLine& take);
    // Where the first byte is that was not given; nullopt before a file was there.
    std::optional<Position> position() const;
    const std::string& path() const { return path_; }
    // Is there no file, neither open nor under the name?
    bool is_gone() const { return !file_ && is_gone_; }

  private:
    Result<bool> open_file();
    Result<bool> resume(const Position& known);
    Result<bool> stands_behind_tail(LogFile& file, const Position& known);
    Result<void> read_on(const TakeLine& take, FollowOutcome& outcome);
    Result<void> notice_truncation(FollowOutcome& outcome);
    void take_bytes(std::string_view bytes, const TakeLine& take);
    void end_file(const TakeLine& take);
    bool is_replaced();
    void begin_at(uint64_t offset);
    Result<void> begin_inside(LogFile& file, uint64_t offset);
    void remember_tail(std::string_view bytes);

    LogFiles& files_;
    std::string path_;
    std::optional<Position> known_;  // until its file is open
    Begin begin_;
    FollowLimits limits_;
    std::unique_ptr<LogFile> file_;
    uint64_t offset_ = 0;       // the next byte to read
    std::string partial_;       // read, and not yet a whole line
    std::string tail_;          // the bytes before offset_: tail_bytes_max, or as many as there are
    std::string line_tail_;     // those before partial_
    bool is_skipping_ = false;  // the rest of a line that is too long
    bool is_gone_ = false;      // none was there when it was last to be opened
    int idle_ = 0;              // polls without a byte
};

}  // namespace vigie::agent::errors

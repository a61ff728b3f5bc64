// Reading on; noticing truncation by size and by the bytes before; noticing rotation by device and inode.
#include "agent/errors/file_follower.hpp"

#include <algorithm>

#include "agent/errors/fnv_hash.hpp"

namespace vigie::agent::errors {
namespace {

constexpr size_t chunk_bytes = 64 * 1024;

}  // namespace

FileFollower::FileFollower(LogFiles& files, std::string path, std::optional<Position> known, Begin begin,
                           FollowLimits limits)
    : files_(files), path_(std::move(path)), known_(known), begin_(begin), limits_(limits) {}

void FileFollower::begin_at(uint64_t offset) {
    offset_ = offset;
    partial_.clear();
    tail_.clear();
    line_tail_.clear();
    is_skipping_ = false;
    idle_ = 0;
}

Result<void> FileFollower::begin_inside(LogFile& file, uint64_t offset) {
    begin_at(offset);
    const auto length = std::min<uint64_t>(offset, tail_bytes_max);
    VIGIE_TRY(tail_, file.read(offset - length, length));
    line_tail_ = tail_;
    return {};
}

void FileFollower::remember_tail(std::string_view bytes) {
    const auto add = [](std::string& tail, std::string_view more) {
        tail.append(more.substr(more.size() - std::min(more.size(), tail_bytes_max)));
        tail.erase(0, tail.size() - std::min(tail.size(), tail_bytes_max));
    };
    if (const auto last = bytes.rfind('\n'); last != std::string_view::npos) {
        line_tail_ = tail_;
        add(line_tail_, bytes.substr(0, last + 1));
    }
    add(tail_, bytes);
}

// The position stands at the end of a line: what is partial is read again. Of what was read, not of what the file holds
// now, which may have been truncated since.
std::optional<Position> FileFollower::position() const {
    if (!file_) {
        return known_;
    }
    return Position{.file = file_->id(),
                    .offset = offset_ - partial_.size(),
                    .tail_hash = fnv_hash(partial_.empty() ? tail_ : line_tail_)};
}

Result<bool> FileFollower::stands_behind_tail(LogFile& file, const Position& known) {
    VIGIE_TRY(const auto size, file.size());
    if (size < known.offset) {
        return false;
    }
    const auto length = std::min<uint64_t>(known.offset, tail_bytes_max);
    VIGIE_TRY(const auto before, file.read(known.offset - length, length));
    if (before.size() != length || fnv_hash(before) != known.tail_hash) {
        return false;
    }
    VIGIE_CHECK(begin_inside(file, known.offset));
    return true;
}

// Whether the file of a position was found, under its name or another one.
Result<bool> FileFollower::resume(const Position& known) {
    auto path = std::optional(path_);
    if (files_.id_of(path_) != known.file) {
        path = files_.find_renamed(path_, known.file);
    }
    if (!path) {
        return false;
    }
    auto file = files_.open(*path);
    if (!file || (*file)->id() != known.file) {
        return false;
    }
    VIGIE_TRY(const auto is_same, stands_behind_tail(**file, known));
    if (is_same) {
        file_ = std::move(*file);
    }
    return is_same;
}

// Whether there is a file to read.
Result<bool> FileFollower::open_file() {
    if (known_) {
        VIGIE_TRY(const auto is_resumed, resume(*known_));
        if (is_resumed) {
            known_.reset();
            return true;
        }
    }
    auto file = files_.open(path_);
    is_gone_ = !file && file.error().code == ErrorCode::not_found;
    if (is_gone_) {
        begin_ = Begin::at_start;  // what comes now is new
        return false;
    }
    if (!file) {
        return fail(file.error());
    }
    // What was known is gone, or was truncated: what stands here now was not read.
    const bool is_at_end = begin_ == Begin::at_end && !known_;
    VIGIE_TRY(const auto size, (*file)->size());
    VIGIE_CHECK(begin_inside(**file, is_at_end ? size : 0));
    known_.reset();
    begin_ = Begin::at_start;
    file_ = std::move(*file);
    return true;
}

// Shorter than what was read, or with other bytes where that ended: it was truncated, and begins anew.
Result<void> FileFollower::notice_truncation(FollowOutcome& outcome) {
    VIGIE_TRY(const auto size, file_->size());
    if (size == offset_) {
        return {};
    }
    bool is_same = size > offset_;
    if (is_same && !tail_.empty()) {
        VIGIE_TRY(const auto before, file_->read(offset_ - tail_.size(), tail_.size()));
        is_same = before == tail_;
    }
    if (!is_same) {
        begin_at(0);
    }
    if (size > offset_ && size - offset_ > limits_.backlog_bytes_max) {
        const auto to = size - limits_.backlog_bytes_max;
        outcome.bytes_skipped = to - offset_;
        VIGIE_CHECK(begin_inside(*file_, to));
        is_skipping_ = true;  // to the end of the line it fell into
    }
    return {};
}

void FileFollower::take_bytes(std::string_view bytes, const TakeLine& take) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        const auto part = bytes.substr(0, end);
        const bool is_whole = end != std::string_view::npos;
        if (is_skipping_) {
            is_skipping_ = !is_whole;
        } else if (is_whole && partial_.empty()) {
            take(part.substr(0, line_bytes_max));
        } else {
            partial_ += part.substr(0, line_bytes_max - partial_.size());
            if (is_whole || partial_.size() == line_bytes_max) {
                take(partial_);
                partial_.clear();
                is_skipping_ = !is_whole;
            }
        }
        bytes.remove_prefix(is_whole ? end + 1 : bytes.size());
    }
}

Result<void> FileFollower::read_on(const TakeLine& take, FollowOutcome& outcome) {
    VIGIE_CHECK(notice_truncation(outcome));
    while (outcome.bytes < limits_.poll_bytes_max) {
        VIGIE_TRY(const auto bytes, file_->read(offset_, chunk_bytes));
        if (bytes.empty()) {
            return {};
        }
        offset_ += bytes.size();
        outcome.bytes += bytes.size();
        remember_tail(bytes);
        take_bytes(bytes, take);
    }
    outcome.has_more = true;
    return {};
}

// A last line without an end is a line all the same, once nobody goes on with it.
void FileFollower::end_file(const TakeLine& take) {
    if (!partial_.empty()) {
        take(partial_);
    }
    file_.reset();
    begin_at(0);
}

// Whether another file stands under the name, and this one's writer has gone over to it. What has no name any more is
// let go too: a file that is held open keeps its space on the disk.
bool FileFollower::is_replaced() {
    const auto now = files_.id_of(path_);
    if (!now) {
        return idle_ >= limits_.idle_polls_unwritten;
    }
    if (*now == file_->id()) {
        return false;
    }
    auto next = files_.open(path_);
    if (!next) {
        return false;
    }
    const auto size = (*next)->size();
    return idle_ >= (size && *size > 0 ? limits_.idle_polls : limits_.idle_polls_unwritten);
}

Result<FollowOutcome> FileFollower::poll(const TakeLine& take) {
    FollowOutcome outcome;
    if (!file_) {
        VIGIE_TRY(const auto is_open, open_file());
        if (!is_open) {
            return outcome;
        }
    }
    VIGIE_CHECK(read_on(take, outcome));
    idle_ = outcome.bytes > 0 ? 0 : idle_ + 1;
    if (outcome.bytes == 0 && is_replaced()) {
        end_file(take);
        outcome.has_more = true;  // the new one, at once
    }
    return outcome;
}

}  // namespace vigie::agent::errors

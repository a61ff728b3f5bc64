// How far a long command is.
#pragma once
#include <functional>
#include <string>

#include "shared/core/time.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent::backup {

struct Progress {
    uint64_t done = 0;
    uint64_t total = 0;  // 0: not known beforehand
    std::string unit;    // "bytes", "packs", "snapshots"
    std::string doing;   // what it is at, such as a path
};
using ProgressSink = std::function<void(const Progress&)>;

// Passes on at most four reports a second: a tree has a million files and a pipe is slow.
class ProgressReporter {
  public:
    ProgressReporter(const ProgressSink& sink, const Clock& clock, std::string unit, uint64_t total = 0)
        : sink_(sink), clock_(clock), unit_(std::move(unit)), total_(total) {}
    void advance(uint64_t by, std::string_view doing) {
        done_ += by;
        if (sink_ && clock_.mono() >= next_) {
            next_ = clock_.mono() + milliseconds{250};
            sink_({done_, total_, unit_, std::string(doing)});
        }
    }

  private:
    const ProgressSink& sink_;
    const Clock& clock_;
    std::string unit_;
    uint64_t total_;
    uint64_t done_ = 0;
    MonoTime next_{};
};

// What went wrong with one path while the command went on.
struct Problem {
    std::string path;
    std::string message;
};

// All are counted, the first thousand kept: a broken disk may give a million.
struct ProblemList {
    static constexpr size_t kept_max = 1000;
    std::vector<Problem> kept;
    uint64_t count = 0;
    void add(std::string path, std::string message) {
        ++count;
        if (kept.size() < kept_max) {
            kept.push_back({std::move(path), std::move(message)});
        }
    }
};

}  // namespace vigie::agent::backup

// What one query may cost. Its error says which limit was met and what to do.
#pragma once
#include <atomic>

#include "shared/core/error.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller::query {

struct Limits {
    // Samples read, and values computed on the way, of 16 and 8 bytes. Prometheus has the same number.
    size_t samples_max = 50'000'000;
    // Times that one result may have, as Prometheus's API: a week by the minute.
    size_t steps_max = 11'001;
    milliseconds time_max = 2min;
    // In samples looked at: some hundred microseconds of work. A query ends so late when it is told to, or is too long.
    size_t work_between_looks = 100'000;
};

// What a sample takes: its time and its value.
constexpr size_t bytes_per_sample = 16;

class Budget {
  public:
    // Without a clock time is not limited; without a flag nobody cancels.
    Budget(const Limits& limits, const Clock* clock, const std::atomic<bool>* cancelled);

    // Before so many samples are read or values computed. too_large: more than samples_max in all.
    Result<void> take(size_t samples);
    // After so much work, in samples looked at. cancelled; timed_out.
    Result<void> spend(size_t samples);

  private:
    Result<void> look_up();

    Limits limits_;
    const Clock* clock_;
    const std::atomic<bool>* cancelled_;
    MonoTime end_;
    size_t taken_ = 0;
    size_t spent_ = 0;  // since the last look at the clock
};

}  // namespace vigie::controller::query

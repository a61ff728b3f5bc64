#include "controller/query/budget.hpp"

namespace vigie::controller::query {
Budget::Budget(const Limits& limits, const Clock* clock, const std::atomic<bool>* cancelled)
    : limits_(limits), clock_(clock), cancelled_(cancelled) {
    if (clock_ != nullptr) {
        end_ = clock_->mono() + limits_.time_max;
    }
}

Result<void> Budget::take(size_t samples) {
    if (samples > limits_.samples_max - taken_) {
        return fail(ErrorCode::too_large,
                    "the query needs more than {} samples: select fewer series, a shorter time or a larger step",
                    limits_.samples_max);
    }
    taken_ += samples;
    return spend(samples);
}

Result<void> Budget::spend(size_t samples) {
    spent_ += samples;
    if (spent_ < limits_.work_between_looks) {
        return {};
    }
    spent_ = 0;
    return look_up();
}

Result<void> Budget::look_up() {
    if (cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed)) {
        return fail(ErrorCode::cancelled, "the query was cancelled");
    }
    if (clock_ != nullptr && clock_->mono() > end_) {
        return fail(ErrorCode::timed_out,
                    "the query took longer than {}: select fewer series, a shorter time or a larger step",
                    format_duration(limits_.time_max));
    }
    return {};
}

}  // namespace vigie::controller::query

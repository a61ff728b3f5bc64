#include "controller/app/commit_meter.hpp"

#include <algorithm>

namespace vigie::controller {

Result<void> CommitMeter::commit(const StoreBatch& batch) {
    const auto began = clock_.mono();
    auto committed = store_.commit(batch);
    const auto took = clock_.mono() - began;
    const auto seconds = static_cast<double>(took.count()) / 1e9;
    const auto bound = std::lower_bound(bounds_seconds.begin(), bounds_seconds.end(), seconds);
    ++counts_[static_cast<size_t>(bound - bounds_seconds.begin())];
    nanoseconds_ += took.count();
    failed_ += committed ? 0 : 1;
    return committed;
}

CommitMeter::Reading CommitMeter::reading() const {
    Reading reading{.seconds = static_cast<double>(nanoseconds_.load()) / 1e9, .failed = failed_};
    std::copy(counts_.begin(), counts_.end(), reading.counts.begin());
    return reading;
}

}  // namespace vigie::controller

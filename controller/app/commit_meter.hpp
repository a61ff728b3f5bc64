// A store that counts and times its commits, for the controller's own metrics.
#pragma once
#include <array>
#include <atomic>

#include "controller/store/state_store.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

class CommitMeter final : public StateStore {
  public:
    // Up to so many seconds each: a synced write takes a millisecond, a stalled disk seconds.
    static constexpr std::array bounds_seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0};
    struct Reading {
        std::array<uint64_t, bounds_seconds.size() + 1> counts{};  // of each bound alone; the last: longer ones
        double seconds = 0;                                        // together
        uint64_t failed = 0;                                       // of them
    };

    // Keeps the references.
    CommitMeter(StateStore& store, const Clock& clock) : store_(store), clock_(clock) {}

    Result<void> commit(const StoreBatch& batch) override;
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return store_.get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
        return store_.scan(family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        return store_.scan_back(family, from, to, visit);
    }
    std::unique_ptr<StoreSnapshot> snapshot() const override { return store_.snapshot(); }

    Reading reading() const;  // any thread

  private:
    StateStore& store_;
    const Clock& clock_;
    std::array<std::atomic<uint64_t>, bounds_seconds.size() + 1> counts_{};
    std::atomic<int64_t> nanoseconds_ = 0;
    std::atomic<uint64_t> failed_ = 0;
};

}  // namespace vigie::controller

// What came over StatsD, as series: counters, gauges, timers and sets by name and tags. Bounded, and idle series go.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/series/series_source.hpp"
#include "agent/statsd/quantile_sketch.hpp"
#include "agent/statsd/statsd_line.hpp"
#include "agent/statsd/unique_values.hpp"

namespace vigie::agent {

struct StatsdLimits {
    size_t series_max = 1'000;  // a timer has one for each quantile, and its sum and count
    milliseconds ttl{1h};       // nothing came for so long: the series is not sent any more
    std::vector<double> quantiles{0.5, 0.9, 0.99};
    bool operator==(const StatsdLimits&) const = default;
};

// Counters and timers that went idle, so that they go on from where they were. 2.5 MiB; when it is full they stay, and
// new series meet series_max.
constexpr size_t statsd_remembered_max = 65'536;

class StatsdRegistry final : public SeriesSource, public StatsdTaker {
  public:
    explicit StatsdRegistry(StatsdLimits limits) : limits_(std::move(limits)) {}
    // Keeps what is there, and the quantiles.
    void set_limits(const StatsdLimits& limits);

    // What the samples that are taken next are counted at.
    void set_now(MonoTime now) { now_ = now; }
    void take(const StatsdSample& sample) override;
    void refuse(StatsdFault fault) override { ++faults_.at(static_cast<size_t>(fault)); }
    void count_datagram() { ++datagrams_; }
    void set_dropped(uint64_t datagrams) { dropped_ = datagrams; }  // by the kernel, as the buffer was full

    const std::string& name() const override { return name_; }
    void begin_collection(MonoTime now) override;
    void add_series(const AddSeries& add) const override;
    void add_own_series(const AddSeries& add) const override;
    SourceRoom room() const override { return {limits_.series_max, left_out_, example_}; }

  private:
    struct Timer {
        QuantileSketch sketch;  // of this interval
        double sum = 0;
        double count = 0;
        std::vector<std::string> keys;  // of the quantiles, of sum and count
        std::vector<double> shown;      // the quantiles of the interval before
    };
    struct Entry {
        StatsdKind kind = StatsdKind::counter;
        MonoTime heard;
        double value = 0;
        std::unique_ptr<Timer> timer;
        std::unique_ptr<UniqueValues> members;
    };
    struct Remembered {
        double value = 0;  // a timer's sum
        double count = 0;  // 0 of a counter
    };
    using Entries = std::map<std::string, Entry, std::less<>>;

    bool make_key(const StatsdSample& sample);
    bool add_tag(const StatsdTag& tag, bool is_timer);
    Entry* entry_for(const StatsdSample& sample);
    Entry make_entry(const StatsdSample& sample);
    std::unique_ptr<Timer> make_timer() const;
    size_t series_of(StatsdKind kind) const;
    bool may_forget(const std::string& key, const Entry& entry);
    void close_interval(Entry& entry) const;

    const std::string name_ = "statsd";
    StatsdLimits limits_;
    MonoTime now_;
    Entries entries_;
    size_t series_ = 0;
    std::unordered_map<uint64_t, Remembered> remembered_;  // by hash of the key

    std::string key_;  // of the sample at hand, with its tags
    std::string metric_;
    std::vector<std::pair<std::string, std::string_view>> tags_;
    size_t tags_used_ = 0;

    uint64_t datagrams_ = 0;
    uint64_t dropped_ = 0;
    uint64_t samples_ = 0;
    std::array<uint64_t, statsd_faults_count> faults_{};
    uint64_t refused_since_ = 0;  // for want of room, since the collection began
    uint64_t left_out_ = 0;
    std::string refused_example_;
    std::string example_;
};

}  // namespace vigie::agent

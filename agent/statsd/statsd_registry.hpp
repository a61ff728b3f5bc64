// What came over StatsD, as series: counters, gauges, timers and sets by name and tags. Bounded, and idle series go.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/series/series_source.hpp"
#include "agent/statsd/idle_values.hpp"
#include "agent/statsd/quantile_sketch.hpp"
#include "agent/statsd/statsd_key.hpp"
#include "agent/statsd/statsd_names.hpp"
#include "agent/statsd/unique_values.hpp"

namespace vigie::agent {

struct StatsdLimits {
    size_t series_max = 1'000;  // a timer has one for each quantile, and its sum and count
    milliseconds ttl{1h};       // nothing came for so long: the series is not sent any more
    std::vector<double> quantiles{0.5, 0.9, 0.99};
    bool operator==(const StatsdLimits&) const = default;
};

// New series of a day, as a multiple of series_max: a release that renames everything finds room. The controller keeps
// what it ever saw of a host, 20,000 series, so labels that are used once must not go on for ever.
constexpr size_t statsd_new_series_factor = 2;
constexpr milliseconds statsd_day{24h};
// Of all series, and of all new ones of a day, that one metric name may have: so that others find room beside it.
constexpr size_t statsd_name_share_percent = 75;
// Keys of all series together; a reading has 960 KiB, and the host's own stand in it first.
constexpr size_t statsd_keys_bytes_max = 640 * 1024;
// Counters, gauges and timers that went idle: more than the new series of a week, in 1.5 MiB.
constexpr size_t statsd_idle_max = 16'384;

class StatsdRegistry final : public SeriesSource, public StatsdTaker {
  public:
    explicit StatsdRegistry(StatsdLimits limits) : limits_(std::move(limits)) {}
    // Keeps what is there, and the quantiles.
    void set_limits(const StatsdLimits& limits);

    // What the samples that are taken next are counted at.
    void set_now(MonoTime now) { now_ = now; }
    bool begin(const StatsdSeries& series) override;
    void take(const StatsdValue& value) override;
    void refuse(StatsdFault fault) override { ++faults_.at(static_cast<size_t>(fault)); }
    void count_datagram() { ++datagrams_; }
    void add_dropped(uint64_t datagrams) { dropped_ += datagrams; }  // by the kernel, as the buffer was full

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
        std::string metric;
        size_t series = 1;
        size_t bytes = 0;  // of their keys, about
        std::unique_ptr<Timer> timer;
        std::unique_ptr<UniqueValues> members;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;

    Entry* entry_for(StatsdKind kind);
    Entry* add_entry(StatsdKind kind);
    Entry make_entry(StatsdKind kind) const;
    std::unique_ptr<Timer> make_timer() const;
    size_t series_of(StatsdKind kind) const;
    size_t bytes_of(StatsdKind kind) const;
    std::optional<StatsdFault> why_no_room(size_t series, size_t bytes, bool is_new) const;
    bool add_value(const StatsdValue& value);
    void forget(const std::string& key, const Entry& entry);
    void close_interval(Entry& entry) const;

    const std::string name_ = "statsd";
    StatsdLimits limits_;
    MonoTime now_;
    Entries entries_;
    StatsdNames names_;
    size_t series_ = 0;
    size_t bytes_ = 0;  // of their keys
    IdleValues idle_{statsd_idle_max};
    size_t begun_ = 0;  // new series of this day
    std::optional<MonoTime> day_began_;

    StatsdKey key_;             // of the sample at hand
    Entry* current_ = nullptr;  // likewise
    double rate_ = 1;           // likewise

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

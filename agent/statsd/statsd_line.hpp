// StatsD's lines: NAME:VALUE|TYPE[|@RATE][|#TAG:VALUE,…], as in Etsy's metric_types.md, with DogStatsD 1.2's tags,
// several values in one line, and its container fields, which are passed over.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vigie::agent {

enum class StatsdKind : uint8_t { counter, gauge, timer, set };

enum class StatsdFault : uint8_t {
    malformed_line,         // no name, no colon, or not UTF-8
    malformed_component,    // no type, or something between bars that is none of ours
    malformed_value,        // no number, or an endless one
    malformed_tag,          // costs the tag only
    invalid_sample_factor,  // not above 0 and up to 1
    unknown_type,
    unsupported,       // events, service checks, times
    negative_counter,  // counters never go back
    too_long,          // over a limit of ours
    reserved_name,     // of the host's own series
    type_conflict,     // the same series came with another type before
    series_limit,      // a new series, and no room for it
};
constexpr size_t statsd_faults_count = 12;
std::string_view name_of(StatsdFault fault);

struct StatsdTag {
    std::string_view name;
    std::string_view value;
};

// Views of the datagram.
struct StatsdSample {
    std::string_view name;
    StatsdKind kind = StatsdKind::counter;
    std::string_view text;   // the value as it stands there, for sets
    double value = 0;        // of a timer in seconds when it came in milliseconds; as it stands there for h and d
    bool is_change = false;  // of a gauge: the value has a sign, so it is added
    double rate = 1;         // one of how many was sent: above 0, up to 1
    const std::vector<StatsdTag>* tags = nullptr;
};

class StatsdTaker {
  public:
    virtual ~StatsdTaker() = default;
    virtual void take(const StatsdSample& sample) = 0;
    virtual void refuse(StatsdFault fault) = 0;
};

constexpr size_t statsd_name_bytes_max = 256;
constexpr size_t statsd_tag_value_bytes_max = 1024;
constexpr size_t statsd_tags_max = 32;

// Takes datagrams apart. Keeps what it needs for the next one, so that a line costs no allocation.
class StatsdReader {
  public:
    explicit StatsdReader(StatsdTaker& taker) : taker_(taker) {}
    // Lines with \n between; empty ones are passed over. A bad one costs itself only.
    void read(std::string_view datagram);

  private:
    void read_line(std::string_view line);
    bool read_samples(std::string_view name, std::string_view& rest);
    bool read_option(std::string_view& rest, StatsdSample& sample);
    void read_tags(std::string_view list);
    void take_values(std::string_view values, std::string_view type, StatsdSample& sample);
    bool take_value(std::string_view text, StatsdSample& sample, double unit);
    bool refuse(StatsdFault fault);

    StatsdTaker& taker_;
    std::vector<StatsdTag> tags_;
};

}  // namespace vigie::agent

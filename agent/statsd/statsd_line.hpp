// StatsD's lines: NAME:VALUE|TYPE[|@RATE][|#TAG:VALUE,…], as in Etsy's metric_types.md, with DogStatsD 1.2's tags,
// several values in one line (but of sets, whose values may have colons), and its container fields, which are passed
// over.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
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
    reserved_name,     // of the host's own series, or of what is made of them
    type_conflict,     // the name has another type
    series_limit,      // a new series, and no room for it
    name_limit,        // a new series of a name that has its share already
    day_limit,         // a new series, after as many new ones as a day may have
};
constexpr size_t statsd_faults_count = 14;
std::string_view name_of(StatsdFault fault);

struct StatsdTag {
    std::string_view name;
    std::string_view value;
};

// What the values of one type in one line belong to. Views of the datagram.
struct StatsdSeries {
    std::string_view name;
    StatsdKind kind = StatsdKind::counter;
    double rate = 1;  // one of how many was sent: above 0, up to 1, and so that 1 / rate is finite
    const std::vector<StatsdTag>* tags = nullptr;
};

struct StatsdValue {
    std::string_view text;   // as it stands there, for sets
    double value = 0;        // of a timer in seconds when it came in milliseconds; as it stands there for h and d
    bool is_change = false;  // of a gauge: the value has a sign, so it is added
};

class StatsdTaker {
  public:
    virtual ~StatsdTaker() = default;
    // Once before the values that follow, however many. false: none of them is wanted; the taker has refused them.
    virtual bool begin(const StatsdSeries& series) = 0;
    // A finite value, also when it is divided by the rate.
    virtual void take(const StatsdValue& value) = 0;
    virtual void refuse(StatsdFault fault) = 0;
};

constexpr size_t statsd_name_bytes_max = 255;       // of a file's name, which Graphite makes of it
constexpr size_t statsd_tag_value_bytes_max = 800;  // DogStatsD's 200 characters, of four bytes at most
constexpr size_t statsd_tags_max = 32;              // each is a label, which costs the controller an index row
// As many one-digit values as DogStatsD's largest datagram of 8 KiB has. A line can't hold up the others.
constexpr size_t statsd_values_max = 4'096;

// Takes datagrams apart. Keeps what it needs for the next one, so that a line costs no allocation.
class StatsdReader {
  public:
    explicit StatsdReader(StatsdTaker& taker) : taker_(taker) {}
    // Lines with \n between; empty ones are passed over. A bad one costs itself only.
    void read(std::string_view datagram);

  private:
    void read_line(std::string_view line);
    bool read_samples(std::string_view name, std::string_view& rest);
    bool read_option(std::string_view& rest, StatsdSeries& series);
    void read_tags(std::string_view list);
    void take_values(std::string_view values, std::string_view type, StatsdSeries& series);
    std::optional<StatsdValue> read_value(std::string_view text, const StatsdSeries& series, double unit);
    bool refuse(StatsdFault fault);

    StatsdTaker& taker_;
    std::vector<StatsdTag> tags_;
};

}  // namespace vigie::agent

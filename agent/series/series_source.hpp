// Whoever has series beside the host's own: applications that send, are asked, or have scripts push.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "shared/core/time.hpp"

namespace vigie::agent {

using AddSeries = std::function<void(std::string_view key, double value)>;  // the key as in a schema

// What a source may have, and what it had no room for since the collection before.
struct SourceRoom {
    size_t series_max = 0;
    uint64_t left_out = 0;
    std::string example;  // a key that was left out
};

// On the loop's thread.
class SeriesSource {
  public:
    virtual ~SeriesSource() = default;
    virtual const std::string& name() const = 0;  // in messages and in the label source, such as "statsd"
    // Once for each collection, before its series are asked for.
    virtual void begin_collection(MonoTime now) = 0;
    // The same series in the same order until the next begin_collection(), however often it is called.
    virtual void add_series(const AddSeries& add) const = 0;
    // Series about the source itself, such as what it refused: a few, which count against no cap.
    virtual void add_own_series(const AddSeries& add) const = 0;
    virtual SourceRoom room() const = 0;
};

}  // namespace vigie::agent

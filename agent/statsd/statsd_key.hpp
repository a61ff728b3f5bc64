// A sample's name and tags as they stand in a schema: name{label="value"}, valid, sorted and escaped.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/statsd/statsd_line.hpp"

namespace vigie::agent {

// A thousand series of these are the most that a reading has room for.
constexpr size_t statsd_key_bytes_max = 1'024;

// Keeps what it needs for the next one, so that a sample costs no allocation.
class StatsdKey {
  public:
    // A tag that can't be a label is told to `taker` and left out. A fault: a reserved name, or too long.
    std::optional<StatsdFault> make(const StatsdSeries& series, StatsdTaker& taker);

    const std::string& text() const { return text_; }
    const std::string& metric() const { return metric_; }
    std::string_view labels() const { return std::string_view(text_).substr(metric_.size()); }  // "" or {…}

  private:
    void add_tag(const StatsdTag& tag, bool is_timer, StatsdTaker& taker);

    std::string text_;
    std::string metric_;
    std::vector<std::pair<std::string, std::string_view>> tags_;
    size_t tags_used_ = 0;
};

}  // namespace vigie::agent

// What one scrape gave, with its target's labels on each series.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "agent/series/exposition.hpp"
#include "agent/series/series_source.hpp"
#include "agent/series/series_writer.hpp"

namespace vigie::agent {

using TargetLabels = std::vector<std::pair<std::string, std::string>>;  // any order, values of any text

// Prometheus' mutateSampleLabels: where a sample has a label of the target's, the target's counts and the sample's is
// kept as exported_NAME; with honor_labels the sample's counts, even when it is empty. exported_instance stays
// free, since the controller keeps the target's instance there beside the host's name.
class LabelMerger {
  public:
    LabelMerger(TargetLabels target, bool honor_labels);
    // The key with both's labels; good until the next call.
    std::string_view key_of(const ParsedSample& sample);
    // name{…} with the target's labels only.
    std::string own_key(std::string_view name) const;

  private:
    bool is_target_label(std::string_view name) const;
    bool must_rename(std::string_view name) const;
    void add_renamed(const ParsedSample& sample, const ParsedLabel& label);

    std::vector<std::pair<std::string, std::string>> target_;  // sorted, escaped
    const bool honor_labels_;
    std::vector<ParsedLabel> merged_;
    std::vector<std::string> renamed_;  // as many as can be needed, so that views of them stay
    size_t renamed_used_ = 0;
    std::string key_;
};

class ScrapedSeries {
  public:
    ScrapedSeries(TargetLabels target, bool honor_labels) : merger_(std::move(target), honor_labels) {}

    // Takes the place of what was there. malformed as the format has it, too_large for more than samples_max samples;
    // then there are none. Of a series that comes twice the first counts, or the last with a time of its own.
    Result<void> read(ExpositionFormat format, std::string_view text, size_t samples_max);
    void clear() {
        is_there_ = false;
        samples_ = 0;
    }

    size_t samples() const { return samples_; }  // of the last text, also of one over its limit; 0 after clear()
    void add_to(const AddSeries& add) const;
    std::string own_key(std::string_view name) const { return merger_.own_key(name); }

  private:
    void drop_repeated();

    LabelMerger merger_;
    SeriesWriter all_;
    SeriesWriter once_;        // only while series come twice
    std::vector<bool> timed_;  // of each sample: it has a time of its own
    size_t samples_ = 0;
    bool is_there_ = false;
    bool has_repeated_ = false;
};

}  // namespace vigie::agent

// The rules that hold among the lines of one OpenMetrics metric family: its metadata, the names, labels and values that
// its type allows, groups, times, and what the buckets of a histogram must add up to. Names are views of the text.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "agent/series/sample_line.hpp"

namespace vigie::agent {

// Hashes that were seen. Grows, and costs no allocation for each one.
class SeenHashes {
  public:
    void clear();
    bool insert(uint64_t hash);  // false: it was there

  private:
    size_t place_of(uint64_t hash) const;
    std::vector<uint64_t> slots_;  // 0 is free; a power of two
    size_t used_ = 0;
};

class OpenMetricsFamily {
  public:
    enum class Type { unknown, counter, gauge, histogram, gaugehistogram, stateset, info, summary };

    // Names of families that are over, with those that their types reserve.
    using Names = std::unordered_set<std::string>;

    bool is_open() const { return !name_.empty(); }
    std::string_view name() const { return name_; }
    void begin(std::string_view name);
    // Checks what can only be known at the end, and reserves its names.
    Result<void> finish(Names& taken);

    Result<void> set_type(std::string_view type);
    Result<void> set_help();
    Result<void> set_unit(std::string_view unit);

    bool may_have(std::string_view sample_name) const;
    Result<void> add(const ParsedSample& sample, bool has_exemplar);
    // Whether the last sample was there before, at the same time: times may have been cut, so this is no fault.
    bool is_repeated() const { return is_repeated_; }

  private:
    // Of the points of one histogram at one time.
    struct Buckets {
        std::optional<double> last_bound;
        double last_value = 0;
        std::optional<double> count;
        bool has_sum = false;
        bool has_gauge_sum = false;
        bool has_negative_bound = false;
        bool has_negative_gauge_sum = false;
    };

    Result<void> check_place(std::string_view keyword, bool is_there_already) const;
    bool is_histogram() const { return type_ == Type::histogram || type_ == Type::gaugehistogram; }
    Result<void> check_labels(const ParsedSample& sample, std::string_view suffix);
    Result<void> check_value(double value, std::string_view suffix) const;
    Result<void> check_group(const ParsedSample& sample, std::string_view suffix);
    Result<void> check_repetition(const ParsedSample& sample, uint64_t series);
    void begin_point();
    Result<void> finish_point();
    Result<void> add_to_buckets(double value, std::string_view suffix);
    Result<void> finish_buckets();
    std::string_view grouping_label(std::string_view suffix) const;

    std::string_view name_;
    std::optional<Type> type_given_;
    Type type_ = Type::unknown;
    bool has_help_ = false;
    std::optional<std::string_view> unit_;
    size_t samples_ = 0;

    std::optional<uint64_t> group_;
    std::optional<double> group_time_;
    SeenHashes groups_;
    SeenHashes series_at_time_;  // of this group at this time
    bool is_repeated_ = false;
    double bound_ = 0;  // le of the last sample
    std::optional<Buckets> buckets_;
    bool lacks_total_ = false;  // of a counter's point at this time
};

}  // namespace vigie::agent

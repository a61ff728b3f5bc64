// Series and samples as rows. Ingest writes them, query reads them; what is written here stands on disk.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

// A series: label names to values, with the metric's name under __name__.
using LabelSet = std::map<std::string, std::string>;
inline constexpr std::string_view metric_name_label = "__name__";

// Family::series -> label set, and whose rows hold the series when that is not the host that the label "instance"
// names: a series that the controller makes itself.
std::string label_row(const LabelSet& labels, std::string_view owner = {});
Result<LabelSet> read_label_row(std::string_view row);
// The same as views into the row, into space that is used again: for whoever looks at many.
using LabelViews = std::vector<std::pair<std::string_view, std::string_view>>;
Result<void> read_label_views(std::string_view row, LabelViews& labels);
struct SeriesRow {
    LabelSet labels{};
    std::string owner{};
};
Result<SeriesRow> read_series_row(std::string_view row);

// Family::head -> one report of one agent: a series id beside each value.
struct SampleRow {
    WallTime sampled_at{};   // the host's clock
    WallTime received_at{};  // ours
    std::vector<uint64_t> series{};
    std::vector<double> values{};  // as many
    bool operator==(const SampleRow&) const = default;
};
// Ids as varints of the difference to the one before: those of one agent were mostly given out in a row, so they take a
// byte each and all rows of a block begin alike, which zstd likes.
std::string sample_row(const SampleRow& row);
std::string sample_row(WallTime sampled_at, WallTime received_at, std::span<const uint64_t> series,
                       std::span<const double> values);  // as many
Result<SampleRow> read_sample_row(std::string_view row);

// "name{label=\"value\",…}" as agents send it, with \\, \" and \n escaped in values; the braces may be missing.
// malformed: it breaks that form, a name breaks Prometheus's, or a label comes twice.
Result<LabelSet> parse_series(std::string_view text);
std::string format_series(const LabelSet& labels);

}  // namespace vigie::controller

// Series of others: files NAME.prom in Prometheus' text format, left in a folder by scripts. Written by anyone, so one
// bad line costs that line alone.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collect/context.hpp"

namespace vigie::agent {

struct TextfileSeries {
    std::string key;  // as in a schema: name{label="value"}, labels sorted, empty ones left out
    double value = 0;
    bool operator==(const TextfileSeries&) const = default;
};
struct TextfileReading {
    std::vector<TextfileSeries> series;
    std::vector<std::string> errors;  // "backup.prom:3: …"; at most textfile_errors_max, the last says how many more
};
// Never fails as a whole. `file` is for the errors. A line with a time of its own is one of the bad lines: readings
// have the time of their collection. Of the same series twice in the file the first counts.
TextfileReading parse_textfile(std::string_view text, std::string_view file);
// The short way for a text that has the series of the last one in their order, written as their keys are: takes its
// values. False: it is another one, and some values may be taken; parse it.
bool take_values(std::string_view text, std::vector<TextfileSeries>& series);

constexpr size_t textfile_errors_max = 10;
// Of all files together. An entry of the outbox has at most 1 MiB, and the host's own series need some of it.
constexpr size_t textfile_series_max = 4000;
constexpr size_t textfile_keys_bytes_max = 256 * 1024;
constexpr size_t textfile_files_max = 200;

std::unique_ptr<Collector> make_textfile(const CollectContext& context);

}  // namespace vigie::agent

// fuzz: vigie_controller_store
// A line of an agent's schema, and the rows that series and samples are stored as. What is read and written again is
// the same.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controller/store/sample_row_view.hpp"
#include "controller/store/series_rows.hpp"

using namespace vigie::controller;

namespace {
void expect(bool holds) {
    if (!holds) {
        __builtin_trap();
    }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto labels = parse_series(text)) {
        expect(parse_series(format_series(*labels)) == *labels);
        expect(read_label_row(label_row(*labels)) == *labels);
    }
    LabelViews views;
    expect(read_label_views(text, views).has_value() == read_label_row(text).has_value());
    if (const auto labels = read_label_row(text)) {
        expect(read_label_row(label_row(*labels)) == *labels);
    }
    // An owner that is empty is written as none.
    if (const auto series = read_series_row(text); series && !series->owner.empty()) {
        const auto again = read_series_row(label_row(series->labels, series->owner));
        expect(again && again->labels == series->labels && again->owner == series->owner);
    }
    if (const auto row = read_sample_row(text)) {
        expect(row->series.size() == row->values.size());
        const auto again = read_sample_row(sample_row(*row));
        expect(again.has_value() && again->series == row->series && again->sampled_at == row->sampled_at);
        expect(view_sample_row(text).has_value());
    }
    if (const auto view = view_sample_row(text)) {
        const auto row = read_sample_row(text);
        expect(!row || (row->values.size() == view->count() && row->sampled_at == view->sampled_at));
        for (size_t i = 0; i < view->count(); ++i) {
            const auto value = view->value(i);
            expect(!row || std::bit_cast<uint64_t>(value) == std::bit_cast<uint64_t>(row->values[i]));
        }
    }
    return 0;
}

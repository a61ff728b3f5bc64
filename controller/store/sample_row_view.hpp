// A sample row looked at where it lies, for readers that want a few of its values: most rows of an agent name the same
// series, so their ids need to be read once.
#pragma once
#include "controller/store/series_rows.hpp"

namespace vigie::controller {

// Views into the row.
struct SampleRowView {
    WallTime sampled_at{};   // the host's clock
    WallTime received_at{};  // ours
    std::string_view ids;    // as they are written: two rows with equal ones and as many values have the same series
    std::string_view values;

    size_t count() const { return values.size() / sizeof(double); }
    double value(size_t index) const;
};

// corrupt: it is none. The ids may still be damaged: read_sample_row tells.
Result<SampleRowView> view_sample_row(std::string_view bytes);

}  // namespace vigie::controller

// The form stands in series_rows.cpp.
#include "controller/store/sample_row_view.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {

namespace {
constexpr uint8_t row_form = 1;
constexpr size_t head_bytes = 1 + 8 + 8 + 4;
}  // namespace

double SampleRowView::value(size_t index) const {
    return keys::KeyReader(values.substr(index * sizeof(double), sizeof(double))).f64();
}

Result<SampleRowView> view_sample_row(std::string_view bytes) {
    keys::KeyReader in(bytes.substr(0, head_bytes));
    const auto form = in.u8();
    const auto sampled_at = in.i64();
    const auto received_at = in.i64();
    const uint64_t count = in.u32();
    // An id takes a byte or more.
    if (form != row_form || !in.is_ok() || count * (1 + sizeof(double)) > bytes.size() - head_bytes) {
        return fail(ErrorCode::corrupt, "store: a row of samples can't be read");
    }
    const auto values_at = bytes.size() - count * sizeof(double);
    return SampleRowView{.sampled_at = wall_from_unix_ms(sampled_at),
                         .received_at = wall_from_unix_ms(received_at),
                         .ids = bytes.substr(head_bytes, values_at - head_bytes),
                         .values = bytes.substr(values_at)};
}

}  // namespace vigie::controller

// Label rows: u8 form, u32 count, then name and value with their lengths; the owner is the value of a label without a
// name. Sample rows: u8 form, i64 sampled_at, i64 received_at, u32 count, the ids as zigzag varints of differences, the
// values as big-endian IEEE bits.
#include "controller/store/series_rows.hpp"

#include <optional>

#include "controller/store/keys.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller {

namespace {

constexpr uint8_t row_form = 1;
constexpr int varint_bytes_max = 10;  // 64 bits, 7 in each
constexpr size_t row_head_bytes = 1 + 8 + 8 + 4 + varint_bytes_max;
constexpr size_t usual_value_bytes = 1 + 8;  // ids of an agent were mostly given out in a row

tl::unexpected<Error> damaged(std::string_view what) {
    return fail(ErrorCode::corrupt, "store: a row of {} can't be read", what);
}

void put_varint(keys::KeyWriter& out, uint64_t number) {
    for (; number >= 0x80; number >>= 7) {
        out.u8(static_cast<uint8_t>(number | 0x80));
    }
    out.u8(static_cast<uint8_t>(number));
}
uint64_t take_varint(keys::KeyReader& in) {
    uint64_t number = 0;
    for (int i = 0; i < varint_bytes_max; ++i) {
        const auto byte = in.u8();
        number |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            break;
        }
    }
    return number;
}
uint64_t zigzag(uint64_t difference) {
    return (difference << 1) ^ (difference >> 63 ? ~uint64_t{0} : 0);
}
uint64_t unzigzag(uint64_t number) {
    return (number >> 1) ^ (number & 1 ? ~uint64_t{0} : 0);
}

bool is_name(std::string_view text, bool is_metric) {
    const auto is_start = [is_metric](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (is_metric && c == ':');
    };
    return !text.empty() && is_start(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); });
}

// Takes `"value"` with its escapes from the front of `in`.
std::optional<std::string> take_quoted(std::string_view& in) {
    if (!in.starts_with('"')) {
        return std::nullopt;
    }
    std::string out;
    for (size_t i = 1; i < in.size(); ++i) {
        if (in[i] == '"') {
            in.remove_prefix(i + 1);
            return out;
        }
        if (in[i] != '\\') {
            out.push_back(in[i]);
            continue;
        }
        if (++i == in.size() || (in[i] != '\\' && in[i] != '"' && in[i] != 'n')) {
            return std::nullopt;
        }
        out.push_back(in[i] == 'n' ? '\n' : in[i]);
    }
    return std::nullopt;
}

// Takes `label="value"` and the comma that may follow.
bool take_label(std::string_view& in, LabelSet& labels) {
    const auto equals = in.find('=');
    if (equals == std::string_view::npos || !is_name(in.substr(0, equals), false)) {
        return false;
    }
    std::string name(in.substr(0, equals));
    in.remove_prefix(equals + 1);
    auto value = take_quoted(in);
    if (!value || name == metric_name_label || !labels.emplace(std::move(name), std::move(*value)).second) {
        return false;
    }
    if (in.starts_with(',')) {
        in.remove_prefix(1);
        return true;
    }
    return in == "}";
}

}  // namespace

std::string label_row(const LabelSet& labels, std::string_view owner) {
    keys::KeyWriter out;
    out.u8(row_form).u32(static_cast<uint32_t>(labels.size() + (owner.empty() ? 0 : 1)));
    if (!owner.empty()) {
        out.bytes("").bytes(owner);
    }
    for (const auto& [name, value] : labels) {
        out.bytes(name).bytes(value);
    }
    return out.take();
}

Result<LabelSet> read_label_row(std::string_view row) {
    VIGIE_TRY(auto series, read_series_row(row));
    return std::move(series.labels);
}

Result<SeriesRow> read_series_row(std::string_view row) {
    keys::KeyReader in(row);
    const auto form = in.u8();
    LabelSet labels;
    for (auto left = in.u32(); left > 0 && in.is_ok(); --left) {
        auto name = in.bytes();
        labels.emplace(std::move(name), in.bytes());
    }
    if (form != row_form || !in.is_ok() || !in.is_done()) {
        return damaged("labels");
    }
    SeriesRow series;
    if (auto named = labels.extract(""); !named.empty()) {
        series.owner = std::move(named.mapped());
    } else if (const auto instance = labels.find("instance"); instance != labels.end()) {
        series.owner = instance->second;
    }
    series.labels = std::move(labels);
    return series;
}

Result<void> read_label_views(std::string_view row, LabelViews& labels) {
    keys::KeyReader in(row);
    labels.clear();
    const auto form = in.u8();
    for (auto left = in.u32(); left > 0 && in.is_ok(); --left) {
        const auto name = in.bytes_view();
        labels.emplace_back(name, in.bytes_view());
    }
    return form == row_form && in.is_ok() && in.is_done() ? Result<void>() : damaged("labels");
}

std::string sample_row(const SampleRow& row) {
    return sample_row(row.sampled_at, row.received_at, row.series, row.values);
}

std::string sample_row(WallTime sampled_at, WallTime received_at, std::span<const uint64_t> series,
                       std::span<const double> values) {
    VIGIE_ASSERT(series.size() == values.size());
    keys::KeyWriter out;
    out.reserve(row_head_bytes + series.size() * usual_value_bytes);
    out.u8(row_form).i64(unix_ms(sampled_at)).i64(unix_ms(received_at));
    out.u32(static_cast<uint32_t>(series.size()));
    uint64_t before = 0;
    for (const auto id : series) {
        put_varint(out, zigzag(id - before));
        before = id;
    }
    for (const auto value : values) {
        out.f64(value);
    }
    return out.take();
}

Result<SampleRow> read_sample_row(std::string_view bytes) {
    keys::KeyReader in(bytes);
    const auto form = in.u8();
    SampleRow row;
    row.sampled_at = wall_from_unix_ms(in.i64());
    row.received_at = wall_from_unix_ms(in.i64());
    const auto count = in.u32();
    // A series takes nine bytes or more: a damaged count must not reserve gigabytes.
    if (form != row_form || !in.is_ok() || count > bytes.size() / 9) {
        return damaged("samples");
    }
    row.series.reserve(count);
    uint64_t id = 0;
    for (uint32_t i = 0; i < count; ++i) {
        id += unzigzag(take_varint(in));
        row.series.push_back(id);
    }
    row.values.reserve(count);
    for (uint32_t i = 0; i < count; ++i) {
        row.values.push_back(in.f64());
    }
    if (!in.is_ok() || !in.is_done()) {
        return damaged("samples");
    }
    return row;
}

Result<LabelSet> parse_series(std::string_view text) {
    const auto brace = text.find('{');
    const auto name = text.substr(0, brace);
    if (!is_name(name, true)) {
        return fail(ErrorCode::malformed, "series \"{:.200}\": its name must match [a-zA-Z_:][a-zA-Z0-9_:]*", text);
    }
    LabelSet labels;
    labels.emplace(metric_name_label, name);
    if (brace == std::string_view::npos) {
        return labels;
    }
    auto rest = text.substr(brace + 1);
    while (!rest.empty() && rest != "}") {
        if (!take_label(rest, labels)) {
            return fail(ErrorCode::malformed, "series \"{:.200}\": labels must be name=\"value\", each name once",
                        text);
        }
    }
    if (rest.empty()) {
        return fail(ErrorCode::malformed, "series \"{:.200}\": no closing brace", text);
    }
    return labels;
}

std::string format_series(const LabelSet& labels) {
    const auto name = labels.find(std::string(metric_name_label));
    std::string out = name == labels.end() ? "" : name->second;
    char before = '{';
    for (const auto& [label, value] : labels) {
        if (label == metric_name_label) {
            continue;
        }
        out += before + label + "=\"";
        before = ',';
        for (const char c : value) {
            out += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
        }
        out += '"';
    }
    return before == ',' ? out + '}' : out;
}

}  // namespace vigie::controller

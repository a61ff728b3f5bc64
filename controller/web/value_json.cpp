#include "controller/web/value_json.hpp"

#include <charconv>
#include <cmath>

#include "controller/query/literals.hpp"
#include "controller/web/api_answer.hpp"

namespace vigie::controller::web {
namespace {

// Seconds since 1970, with three digits behind the point unless they are whole.
void put_time(std::string& out, int64_t unix_ms) {
    const auto size = std::abs(unix_ms);
    out += unix_ms < 0 ? "-" : "";
    char seconds[24];  // a query may have a million times: no format string is parsed
    out.append(seconds, std::to_chars(seconds, seconds + sizeof seconds, size / 1000).ptr);
    if (size % 1000 != 0) {
        fmt::format_to(std::back_inserter(out), ".{:03}", size % 1000);
    }
}

// The time of a scalar and of a string, which another writer of Prometheus makes: the shortest digits.
void put_short_time(std::string& out, int64_t unix_ms) {
    put_time(out, unix_ms);
    if (unix_ms % 1000 != 0) {
        out.erase(out.find_last_not_of('0') + 1);
    }
}

// Of a vector or matrix: with an exponent below 1e-6 and from 1e21.
void put_value(std::string& out, double value) {
    const auto size = std::fabs(value);
    if (size != 0 && (size < 1e-6 || size >= 1e21)) {
        out += query::number_text(value);
    } else {
        query::put_plain_number(out, value);
    }
}

void put_sample(std::string& out, const query::Sample& sample) {
    out += '[';
    put_time(out, sample.unix_ms);
    out += ",\"";
    put_value(out, sample.value);
    out += "\"]";
}

void put_series(std::string& out, const query::ValueSeries& series, bool is_matrix) {
    out += R"({"metric":)";
    put_labels(out, series.labels);
    out += is_matrix ? R"(,"values":[)" : R"(,"value":)";
    for (size_t i = 0; i < series.samples.size(); ++i) {
        out += i == 0 ? "" : ",";
        put_sample(out, series.samples[i]);
    }
    out += is_matrix ? "]}" : "}";
}

// About as much as the text will have: a time and a value of some digits, and labels.
size_t expected_bytes(const query::Value& value) {
    size_t samples = 0;
    for (const auto& series : value.series) {
        samples += series.samples.size();
    }
    return 32 * samples + 256 * value.series.size();
}

}  // namespace

void put_labels(std::string& out, std::span<const std::pair<std::string, std::string>> labels) {
    out += '{';
    for (const auto& [name, value] : labels) {
        out += out.back() == '{' ? "" : ",";
        put_json_text(out, name);
        out += ':';
        put_json_text(out, value);
    }
    out += '}';
}

std::string result_json(const query::Value& value, WallTime at) {
    std::string out = fmt::format(R"({{"resultType":"{}","result":[)", query::api_name_of(value.type));
    out.reserve(out.size() + expected_bytes(value));
    switch (value.type) {
        case query::ValueType::string:
            put_short_time(out, unix_ms(at));
            out += ',';
            put_json_text(out, value.text);
            break;
        case query::ValueType::scalar: {
            const auto& sample = value.series.front().samples.front();
            put_short_time(out, sample.unix_ms);
            out += ",\"" + query::plain_number_text(sample.value) + "\"";
            break;
        }
        default:
            for (size_t i = 0; i < value.series.size(); ++i) {
                out += i == 0 ? "" : ",";
                put_series(out, value.series[i], value.type == query::ValueType::matrix);
            }
    }
    return out + "]}";
}

}  // namespace vigie::controller::web

#include "controller/web/value_json.hpp"

#include <cmath>

#include "controller/query/literals.hpp"
#include "controller/web/api_answer.hpp"

namespace vigie::controller::web {
namespace {

// Seconds since 1970, with three digits behind the point unless they are whole.
void put_time(std::string& out, int64_t unix_ms) {
    const auto size = std::abs(unix_ms);
    fmt::format_to(std::back_inserter(out), "{}{}", unix_ms < 0 ? "-" : "", size / 1000);
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
std::string value_text(double value) {
    const auto size = std::fabs(value);
    return size != 0 && (size < 1e-6 || size >= 1e21) ? query::number_text(value) : query::plain_number_text(value);
}

void put_sample(std::string& out, const query::Sample& sample) {
    out += '[';
    put_time(out, sample.unix_ms);
    out += ",\"";
    out += value_text(sample.value);
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

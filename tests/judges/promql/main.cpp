// Our engine for the judge: samples from the files named on the command line, then a JSON question on each line of
// standard input, and on each line of standard output the answer as Prometheus's HTTP API would give it.
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "controller/query/engine.hpp"
#include "controller/query/literals.hpp"
#include "tests/judges/promql/samples.hpp"

namespace {

namespace query = vigie::controller::query;
using nlohmann::json;
using vigie::milliseconds;
using vigie::wall_from_unix_ms;

json sample_of(const query::Sample& sample) {
    return {static_cast<double>(sample.unix_ms) / 1000, query::number_text(sample.value)};
}

json series_of(const query::ValueSeries& series, bool has_one_sample) {
    json labels = json::object();
    for (const auto& [name, value] : series.labels) {
        labels[name] = value;
    }
    if (has_one_sample) {
        return {{"metric", labels}, {"value", sample_of(series.samples.front())}};
    }
    json samples = json::array();
    for (const auto& sample : series.samples) {
        samples.push_back(sample_of(sample));
    }
    return {{"metric", labels}, {"values", samples}};
}

json data_of(const query::Value& value) {
    json result = json::array();
    if (value.type == query::ValueType::string) {
        result = {0, value.text};
    } else if (value.type == query::ValueType::scalar) {
        result = sample_of(value.series.front().samples.front());
    } else {
        for (const auto& series : value.series) {
            result.push_back(series_of(series, value.type == query::ValueType::vector));
        }
    }
    return {{"resultType", query::api_name_of(value.type)}, {"result", result}};
}

json answer(const json& question, query::SeriesSource& source) {
    const auto text = question["query"].get<std::string>();
    const auto expression = query::Expression::parse(text);
    if (!expression) {
        return {{"status", "error"}, {"error", query::to_error(expression.error(), text).message}};
    }
    const bool is_range = question.contains("step");
    const auto value = is_range
                           ? query::evaluate_over(*expression, source, wall_from_unix_ms(question["start"]),
                                                  wall_from_unix_ms(question["end"]), milliseconds(question["step"]))
                           : query::evaluate_at(*expression, source, wall_from_unix_ms(question["time"]));
    if (!value) {
        return {{"status", "error"}, {"error", value.error().message}};
    }
    return {{"status", "success"}, {"data", data_of(*value)}, {"printed", query::print(expression->root())}};
}

}  // namespace

int main(int argc, char** argv) {
    query::MemorySource source;
    for (int i = 1; i < argc; ++i) {
        std::ifstream file(argv[i]);
        if (const auto read = vigie::judges::read_samples(file, source); !read) {
            std::cerr << argv[i] << ": " << read.error().message << "\n";
            return 1;
        }
    }
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << answer(json::parse(line), source).dump(-1, ' ', false, json::error_handler_t::replace)
                  << std::endl;
    }
    return 0;
}

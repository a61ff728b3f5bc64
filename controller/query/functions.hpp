// The functions of PromQL by name, and what they take and give. What they compute stands elsewhere.
#pragma once
#include <span>
#include <string_view>

namespace vigie::controller::query {

enum class ValueType { scalar, vector, matrix, string };
// As Prometheus's documentation calls it: "instant vector", "range vector".
std::string_view name_of(ValueType type);
// As the HTTP API calls it: "vector", "matrix".
std::string_view api_name_of(ValueType type);

struct Function {
    std::string_view name;
    std::span<const ValueType> arguments;
    int optional = 0;  // how many of the last may be left out; -1: the last may be there any number of times, or not
    ValueType result = ValueType::vector;
    // Its result depends on the time of evaluation even when its arguments do not.
    bool is_of_time = false;
};

// nullptr: there is none of this name.
const Function* find_function(std::string_view name);
// Those of Prometheus 2.42 that work on native histograms only, which nothing here stores.
bool is_native_histogram_function(std::string_view name);
// The function whose name is nearest, for an error; empty when none is near.
std::string_view nearest_function(std::string_view name);

}  // namespace vigie::controller::query

#include "controller/query/functions.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

namespace vigie::controller::query {
namespace {

using enum ValueType;
constexpr ValueType vector_only[] = {vector};
constexpr ValueType matrix_only[] = {matrix};
constexpr ValueType scalar_only[] = {scalar};
constexpr ValueType vector_scalar[] = {vector, scalar};
constexpr ValueType vector_scalar_scalar[] = {vector, scalar, scalar};
constexpr ValueType scalar_vector[] = {scalar, vector};
constexpr ValueType scalar_matrix[] = {scalar, matrix};
constexpr ValueType matrix_scalar[] = {matrix, scalar};
constexpr ValueType matrix_scalar_scalar[] = {matrix, scalar, scalar};
constexpr ValueType vector_four_strings[] = {vector, string, string, string, string};
constexpr ValueType vector_three_strings[] = {vector, string, string, string};

// By name, for the search.
constexpr Function functions[] = {
    {"abs", vector_only},
    {"absent", vector_only},
    {"absent_over_time", matrix_only},
    {"acos", vector_only},
    {"acosh", vector_only},
    {"asin", vector_only},
    {"asinh", vector_only},
    {"atan", vector_only},
    {"atanh", vector_only},
    {"avg_over_time", matrix_only},
    {"ceil", vector_only},
    {"changes", matrix_only},
    {"clamp", vector_scalar_scalar},
    {"clamp_max", vector_scalar},
    {"clamp_min", vector_scalar},
    {"cos", vector_only},
    {"cosh", vector_only},
    {"count_over_time", matrix_only},
    {"day_of_month", vector_only, 1, vector, true},
    {"day_of_week", vector_only, 1, vector, true},
    {"day_of_year", vector_only, 1, vector, true},
    {"days_in_month", vector_only, 1, vector, true},
    {"deg", vector_only},
    {"delta", matrix_only},
    {"deriv", matrix_only},
    {"exp", vector_only},
    {"floor", vector_only},
    {"histogram_quantile", scalar_vector},
    {"holt_winters", matrix_scalar_scalar},
    {"hour", vector_only, 1, vector, true},
    {"idelta", matrix_only},
    {"increase", matrix_only},
    {"irate", matrix_only},
    {"label_join", vector_three_strings, -1},
    {"label_replace", vector_four_strings},
    {"last_over_time", matrix_only},
    {"ln", vector_only},
    {"log10", vector_only},
    {"log2", vector_only},
    {"max_over_time", matrix_only},
    {"min_over_time", matrix_only},
    {"minute", vector_only, 1, vector, true},
    {"month", vector_only, 1, vector, true},
    {"pi", {}, 0, scalar},
    {"predict_linear", matrix_scalar, 0, vector, true},
    {"present_over_time", matrix_only},
    {"quantile_over_time", scalar_matrix},
    {"rad", vector_only},
    {"rate", matrix_only},
    {"resets", matrix_only},
    {"round", vector_scalar, 1},
    {"scalar", vector_only, 0, scalar},
    {"sgn", vector_only},
    {"sin", vector_only},
    {"sinh", vector_only},
    {"sort", vector_only},
    {"sort_desc", vector_only},
    {"sqrt", vector_only},
    {"stddev_over_time", matrix_only},
    {"stdvar_over_time", matrix_only},
    {"sum_over_time", matrix_only},
    {"tan", vector_only},
    {"tanh", vector_only},
    {"time", {}, 0, scalar, true},
    {"timestamp", vector_only, 0, vector, true},
    {"vector", scalar_only},
    {"year", vector_only, 1, vector, true},
};
static_assert(std::is_sorted(std::begin(functions), std::end(functions),
                             [](const Function& a, const Function& b) { return a.name < b.name; }));

// Insertions, deletions and exchanges that lead from one name to the other.
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.size(); ++j) {
            const auto exchanged = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, exchanged});
        }
    }
    return row.back();
}

}  // namespace

std::string_view name_of(ValueType type) {
    constexpr std::string_view names[] = {"scalar", "instant vector", "range vector", "string"};
    return names[static_cast<size_t>(type)];
}

std::string_view api_name_of(ValueType type) {
    constexpr std::string_view names[] = {"scalar", "vector", "matrix", "string"};
    return names[static_cast<size_t>(type)];
}

const Function* find_function(std::string_view name) {
    const auto* found =
        std::lower_bound(std::begin(functions), std::end(functions), name,
                         [](const Function& one, std::string_view wanted) { return one.name < wanted; });
    return found != std::end(functions) && found->name == name ? found : nullptr;
}

bool is_native_histogram_function(std::string_view name) {
    constexpr std::string_view names[] = {"histogram_count", "histogram_fraction", "histogram_sum"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string_view nearest_function(std::string_view name) {
    constexpr size_t name_bytes_max = 64;  // the search costs the product of the lengths
    constexpr size_t distance_max = 2;
    std::string_view nearest;
    size_t best = distance_max + 1;
    for (const auto& one : functions) {
        const auto away = name.size() > name_bytes_max ? best : distance(name, one.name);
        if (away < best) {
            best = away;
            nearest = one.name;
        }
    }
    return nearest;
}

}  // namespace vigie::controller::query

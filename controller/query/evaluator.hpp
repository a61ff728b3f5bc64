// Walks the tree of one query. What each kind of node computes stands in the files named after it; this is only how
// they are put together. One thread, used once.
#pragma once
#include <deque>
#include <unordered_map>

#include "controller/query/analysis.hpp"
#include "controller/query/budget.hpp"
#include "controller/query/lexer.hpp"

namespace vigie::controller::query {

// Where a computation makes its labels and pays for its work.
struct Workspace {
    Budget& budget;
    LabelArena& arena;
};

// The value of a scalar at each step.
using Scalars = std::vector<double>;

// A range vector: for each series its samples, and at each step the window of them.
struct RangeSeries {
    SeriesLabels labels;
    std::span<const int64_t> times_ms;
    std::span<const double> values;    // without stale markers
    std::span<const double> counts{};  // as in SeriesSamples
};
struct RangeInput {
    std::vector<RangeSeries> series{};
    int64_t range_ms = 0;
    ReadTimes times{};  // where the windows end
    bool has_one_name = false;
    // Samples that are not the source's own. A deque: views into it stay valid.
    std::deque<std::vector<int64_t>> own_times{};
    std::deque<std::vector<double>> own_values{};
    std::deque<std::vector<double>> own_counts{};
};

class Evaluator {
  public:
    // The text is the one that the tree was parsed from, for the places in errors.
    Evaluator(std::string_view text, const Frame& frame, Workspace workspace)
        : text_(text), frame_(frame), workspace_(workspace) {}

    // Before anything else: asks the source for all that the expression needs.
    Result<void> fetch(const Expr& expr, const Steps& steps, SeriesSource& source);

    Result<Matrix> vector(const Expr& expr, const Steps& steps);
    Result<Scalars> scalar(const Expr& expr, const Steps& steps);
    Result<RangeInput> range(const Expr& expr, const Steps& steps);

  private:
    // Labels count against the limit of samples by their bytes, so that no nesting of label_join() can make endless
    // ones.
    Result<void> pay_for_labels();
    Result<Matrix> vector_at_steps(const Expr& expr, const Steps& steps);
    Result<Matrix> instant_selector(const Selector& selector, const Steps& steps, bool wants_times);
    Result<Matrix> negated(const Expr& expr, const Unary& unary, const Steps& steps);
    Result<Matrix> binary(const Expr& expr, const Binary& binary, const Steps& steps);
    Result<Matrix> aggregation(const Expr& expr, const Aggregation& aggregation, const Steps& steps);
    Result<Matrix> call(const Expr& expr, const Call& call, const Steps& steps);
    Result<Matrix> call_on_vector(const Expr& expr, const Call& call, const Steps& steps);
    Result<Matrix> call_on_range(const Expr& expr, const Call& call, const Steps& steps);
    Result<Matrix> timestamps(const Call& call, const Steps& steps);
    Result<Scalars> scalar_binary(const Binary& binary, const Steps& steps);
    Result<Scalars> scalar_call(const Call& call, const Steps& steps);
    Result<RangeInput> subquery(const Subquery& subquery, const Steps& steps);
    // The scalars among a call's arguments, in order.
    Result<std::vector<Scalars>> scalar_arguments(const Call& call, const Steps& steps);

    const std::vector<SeriesSamples>& samples_of(const Selector& selector) const;
    // The error of a computation with the place that it is about.
    template <typename T>
    Result<T> placed(Result<T> result, size_t offset) const {
        if (!result && result.error().code != ErrorCode::too_large && result.error().code != ErrorCode::timed_out &&
            result.error().code != ErrorCode::cancelled) {
            return fail(result.error().at(place_of(text_, offset)));
        }
        return result;
    }

    std::string_view text_;
    Frame frame_;
    Workspace workspace_;
    size_t paid_bytes_ = 0;
    std::deque<std::vector<SeriesSamples>> fetched_;
    std::unordered_map<const Selector*, const std::vector<SeriesSamples>*> samples_of_;
};

}  // namespace vigie::controller::query

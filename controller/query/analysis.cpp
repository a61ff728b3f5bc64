#include "controller/query/analysis.hpp"

namespace vigie::controller::query {
namespace {

// Times are added to and subtracted from: far outside of all samples, and far from what 64 bits hold.
constexpr int64_t time_ms_max = int64_t{1} << 60;

// What a function asks of the samples of its range.
Reading reading_of(const Call& call) {
    static const std::unordered_map<std::string_view, Reading> readings{
        {"min_over_time", Reading::least},   {"max_over_time", Reading::greatest}, {"sum_over_time", Reading::total},
        {"count_over_time", Reading::total}, {"avg_over_time", Reading::total},
    };
    const auto found = readings.find(call.function->name);
    return found == readings.end() ? Reading::samples : found->second;
}

// `reading`: of what stands around the expression.
void add_needs(const Expr& expr, const Steps& steps, const Frame& frame, Reading reading, std::vector<Need>& needs) {
    if (steps.count == 0) {
        return;
    }
    if (const auto* selector = std::get_if<Selector>(&expr.node)) {
        const auto times = read_times(selector->shift, steps, frame);
        const auto back = selector->range_ms == 0 ? frame.lookback_ms : selector->range_ms;
        const bool is_at_one_time = times.is_pinned || steps.count == 1;
        needs.push_back({selector, times.first_ms() - back, times.last_ms(), is_at_one_time ? 0 : steps.interval_ms,
                         selector->range_ms == 0 ? Reading::samples : reading});
        return;
    }
    const auto* subquery = std::get_if<Subquery>(&expr.node);
    const auto inner = subquery == nullptr ? steps : inner_steps(*subquery, steps, frame);
    const auto* call = std::get_if<Call>(&expr.node);
    const bool is_bracketed = &bare(expr) != &expr;
    const auto inside = call != nullptr ? reading_of(*call) : is_bracketed ? reading : Reading::samples;
    for (const auto* part : parts_of(expr)) {
        add_needs(*part, inner, frame, inside, needs);
    }
}

bool is_all_parts(const Expr& expr, bool (*is_so)(const Expr&)) {
    const auto parts = parts_of(expr);
    return std::all_of(parts.begin(), parts.end(), [is_so](const Expr* part) { return is_so(*part); });
}

bool is_function_of_time(const Expr& expr) {
    const auto* call = std::get_if<Call>(&expr.node);
    return call != nullptr && call->function->is_of_time;
}

}  // namespace

ReadTimes read_times(const TimeShift& shift, const Steps& steps, const Frame& frame) {
    ReadTimes times{.steps = steps, .offset_ms = shift.offset_ms};
    times.is_pinned = shift.anchor != TimeShift::Anchor::none;
    const auto anchor = shift.anchor == TimeShift::Anchor::start ? frame.start_ms
                        : shift.anchor == TimeShift::Anchor::end ? frame.end_ms
                                                                 : shift.unix_ms;
    times.pinned_ms = std::clamp(anchor, -time_ms_max, time_ms_max) - shift.offset_ms;
    return times;
}

Steps inner_steps(const Subquery& subquery, const Steps& steps, const Frame& frame) {
    const auto times = read_times(subquery.shift, steps, frame);
    const auto interval = subquery.step_ms == 0 ? frame.subquery_step_ms : subquery.step_ms;
    const auto from = times.first_ms() - subquery.range_ms;
    auto first = from / interval * interval;
    if (first < from) {
        first += interval;
    }
    const auto last = times.last_ms();
    return {first, interval, first > last ? 0 : static_cast<size_t>((last - first) / interval) + 1};
}

std::vector<Need> needs_of(const Expr& expr, const Steps& steps, const Frame& frame) {
    std::vector<Need> needs;
    add_needs(expr, steps, frame, Reading::samples, needs);
    return needs;
}

bool is_constant(const Expr& expr) {
    return !std::holds_alternative<Selector>(expr.node) && !is_function_of_time(expr) &&
           is_all_parts(expr, is_constant);
}

bool is_same_at_each_step(const Expr& expr) {
    if (const auto* selector = std::get_if<Selector>(&expr.node)) {
        return selector->shift.anchor != TimeShift::Anchor::none;
    }
    if (const auto* subquery = std::get_if<Subquery>(&expr.node)) {
        return subquery->shift.anchor != TimeShift::Anchor::none;
    }
    return !is_function_of_time(expr) && is_all_parts(expr, is_same_at_each_step);
}

}  // namespace vigie::controller::query

#include "controller/query/arithmetic.hpp"

namespace vigie::controller::query {

double max_of(double a, double b) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (a == infinity || b == infinity) {
        return infinity;
    }
    return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : std::max(a, b);
}

double min_of(double a, double b) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (a == -infinity || b == -infinity) {
        return -infinity;
    }
    return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : std::min(a, b);
}

double calculated(Operator op, double left, double right) {
    switch (op) {
        case Operator::add:
            return left + right;
        case Operator::subtract:
            return left - right;
        case Operator::multiply:
            return left * right;
        case Operator::divide:
            return left / right;
        case Operator::modulo:
            return std::fmod(left, right);
        case Operator::power:
            return std::pow(left, right);
        case Operator::atan2:
            return std::atan2(left, right);
        default:
            return std::numeric_limits<double>::quiet_NaN();
    }
}

bool compares(Operator op, double left, double right) {
    switch (op) {
        case Operator::equal:
            return left == right;
        case Operator::not_equal:
            return left != right;
        case Operator::greater:
            return left > right;
        case Operator::less:
            return left < right;
        case Operator::greater_equal:
            return left >= right;
        case Operator::less_equal:
            return left <= right;
        default:
            return false;
    }
}

double quantile_of(double q, std::vector<double>& values) {
    if (values.empty() || std::isnan(q)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (q < 0 || q > 1) {
        return std::copysign(std::numeric_limits<double>::infinity(), q < 0 ? -1 : 1);
    }
    const auto numbers = std::partition(values.begin(), values.end(), [](double value) { return std::isnan(value); });
    std::sort(numbers, values.end());
    const double last = static_cast<double>(values.size() - 1);
    const double rank = q * last;
    const double lower = std::max(0.0, std::floor(rank));
    const double upper = std::min(last, lower + 1);
    const double weight = rank - std::floor(rank);
    return values[static_cast<size_t>(lower)] * (1 - weight) + values[static_cast<size_t>(upper)] * weight;
}

}  // namespace vigie::controller::query

// Numbers as Go's math package has them, where C++'s differs in NaN or infinity.
#pragma once
#include <cmath>
#include <limits>
#include <vector>

#include "controller/query/ast.hpp"

namespace vigie::controller::query {

// NaN when either is, unless the other is the infinity that decides anyway: std::fmax would take the number.
double max_of(double a, double b);
double min_of(double a, double b);

// A sum whose rounding errors are summed up too (Kahan's, in Neumaier's form), where Prometheus has one.
struct CompensatedSum {
    double sum = 0;
    double compensation = 0;

    void add(double value) {
        const double next = sum + value;
        compensation += std::fabs(sum) >= std::fabs(value) ? (sum - next) + value : (value - next) + sum;
        sum = next;
    }
    double total() const { return sum + compensation; }
};

// Of an arithmetic operator.
double calculated(Operator op, double left, double right);
// Of a comparison; with NaN on either side only != holds.
bool compares(Operator op, double left, double right);

// Interpolated between the two nearest of the sorted values; NaN of none or for NaN, infinite for q outside of [0, 1].
// NaNs count as the smallest.
double quantile_of(double q, std::vector<double>& values);

}  // namespace vigie::controller::query

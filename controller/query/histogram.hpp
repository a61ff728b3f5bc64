// histogram_quantile over buckets with the label `le`.
#pragma once
#include "controller/query/evaluator.hpp"

namespace vigie::controller::query {

Result<Matrix> histogram_quantile(const Matrix& buckets, const Scalars& q, Workspace& workspace);

struct Bucket {
    double upper = 0;  // values up to here
    double count = 0;  // of all values up to `upper`
};
// Linear within a bucket, the lowest from 0 unless it ends below. NaN without a bucket to infinity, without a second
// bucket or without a value. The buckets are sorted by `upper`; they are changed: those of the same `upper` become one,
// and counts that fall are raised to the one before, as buckets that were not scraped at one moment can fall.
double quantile_of_buckets(double q, std::vector<Bucket>& buckets);

}  // namespace vigie::controller::query

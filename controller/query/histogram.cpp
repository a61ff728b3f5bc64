#include "controller/query/histogram.hpp"

#include "controller/query/arithmetic.hpp"
#include "controller/query/labels.hpp"
#include "controller/query/literals.hpp"
#include "controller/query/rows.hpp"

namespace vigie::controller::query {
namespace {

constexpr std::string_view bucket_label = "le";
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// The rows that are buckets of one histogram.
struct Histogram {
    SeriesLabels labels;                          // without le and the name
    std::vector<std::pair<double, size_t>> rows;  // by upper bound
};

// Rows whose le is no number are no buckets.
std::vector<Histogram> histograms_of(const Matrix& buckets, LabelArena& arena) {
    std::vector<Histogram> histograms;
    std::unordered_map<SeriesLabels, size_t, HashOfLabels> found;
    LabelEdit edit;
    for (size_t i = 0; i < buckets.rows(); ++i) {
        const auto upper = label_number(buckets.labels(i).value_of(bucket_label));
        if (!upper) {
            continue;
        }
        edit.start(buckets.labels(i));
        edit.erase(bucket_label);
        auto known = found.find(SeriesLabels(edit.labels()));
        if (known == found.end()) {
            known = found.emplace(arena.keep(edit.labels()), histograms.size()).first;
            histograms.push_back({without_name(known->first, arena), {}});
        }
        histograms[known->second].rows.emplace_back(*upper, i);
    }
    for (auto& histogram : histograms) {
        std::stable_sort(histogram.rows.begin(), histogram.rows.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    return histograms;
}

void merge_same_bounds(std::vector<Bucket>& buckets) {
    size_t kept = 0;
    for (size_t i = 1; i < buckets.size(); ++i) {
        if (buckets[i].upper == buckets[kept].upper) {
            buckets[kept].count += buckets[i].count;
        } else {
            buckets[++kept] = buckets[i];
        }
    }
    buckets.resize(kept + 1);
}

void raise_falling_counts(std::vector<Bucket>& buckets) {
    double most = buckets[0].count;
    for (auto& bucket : buckets) {
        if (bucket.count > most) {
            most = bucket.count;
        } else if (bucket.count < most) {
            bucket.count = most;
        }
    }
}

}  // namespace

double quantile_of_buckets(double q, std::vector<Bucket>& buckets) {
    if (std::isnan(q)) {
        return nan;
    }
    if (q < 0 || q > 1) {
        return q < 0 ? -infinity : infinity;
    }
    if (buckets.empty() || buckets.back().upper != infinity) {
        return nan;
    }
    merge_same_bounds(buckets);
    raise_falling_counts(buckets);
    if (buckets.size() < 2 || buckets.back().count == 0) {
        return nan;
    }
    double rank = q * buckets.back().count;
    const auto found = std::partition_point(buckets.begin(), buckets.end() - 1,
                                            [rank](const Bucket& bucket) { return !(bucket.count >= rank); });
    if (found == buckets.end() - 1) {
        return buckets[buckets.size() - 2].upper;
    }
    if (found == buckets.begin() && found->upper <= 0) {
        return found->upper;
    }
    double start = 0;
    double count = found->count;
    if (found != buckets.begin()) {
        start = (found - 1)->upper;
        count -= (found - 1)->count;
        rank -= (found - 1)->count;
    }
    return start + (found->upper - start) * (rank / count);
}

Result<Matrix> histogram_quantile(const Matrix& buckets, const Scalars& q, Workspace& workspace) {
    const auto histograms = histograms_of(buckets, workspace.arena);
    VIGIE_CHECK(workspace.budget.take(histograms.size() * buckets.steps()));
    Matrix result(buckets.steps());
    result.reserve(histograms.size());
    std::vector<Bucket> present;
    for (const auto& histogram : histograms) {
        double* row = result.add(histogram.labels);
        for (size_t step = 0; step < buckets.steps(); ++step) {
            present.clear();
            for (const auto& [upper, i] : histogram.rows) {
                if (!is_absent(buckets.cell(i, step))) {
                    present.push_back({upper, buckets.cell(i, step)});
                }
            }
            if (!present.empty()) {
                row[step] = quantile_of_buckets(q[step], present);
            }
        }
        VIGIE_CHECK(workspace.budget.spend(histogram.rows.size() * buckets.steps()));
    }
    result.drop_empty_rows();
    return merge_rows(std::move(result), SameLabels::at_one_step, workspace);
}

}  // namespace vigie::controller::query

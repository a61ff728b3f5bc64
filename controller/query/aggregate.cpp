// Accumulators go row by row: a group's cells lie beside each other, and each row is read from front to end.
#include "controller/query/aggregate.hpp"

#include "controller/query/arithmetic.hpp"
#include "controller/query/labels.hpp"
#include "controller/query/literals.hpp"

namespace vigie::controller::query {
namespace {

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names;
}

void edit_to_group(LabelEdit& edit, std::span<const std::string> grouping, bool is_without) {
    if (is_without) {
        edit.erase(grouping);
        edit.erase(metric_name_label);
    } else {
        edit.keep_only(grouping);
    }
}

// Adds the values of one row to the cells of its group.
void add_sum(const double* row, double* cells, size_t steps) {
    for (size_t i = 0; i < steps; ++i) {
        if (!is_absent(row[i])) {
            cells[i] = is_absent(cells[i]) ? row[i] : cells[i] + row[i];
        }
    }
}

void add_count(const double* row, double* cells, size_t steps) {
    for (size_t i = 0; i < steps; ++i) {
        if (!is_absent(row[i])) {
            cells[i] = is_absent(cells[i]) ? 1 : cells[i] + 1;
        }
    }
}

void add_group(const double* row, double* cells, size_t steps) {
    for (size_t i = 0; i < steps; ++i) {
        if (!is_absent(row[i])) {
            cells[i] = 1;
        }
    }
}

// A NaN gives way to any number.
template <bool is_max>
void add_extreme(const double* row, double* cells, size_t steps) {
    for (size_t i = 0; i < steps; ++i) {
        const bool is_taken = is_max ? cells[i] < row[i] : cells[i] > row[i];
        if (!is_absent(row[i]) && (is_taken || std::isnan(cells[i]))) {
            cells[i] = row[i];
        }
    }
}

// The mean grows by its difference to each value, divided first, so that sums do not overflow. An infinite mean stays
// unless a NaN or the other infinity comes.
double next_mean(double mean, double value, double count) {
    if (std::isinf(mean)) {
        const bool is_same_infinity = std::isinf(value) && (mean > 0) == (value > 0);
        if (is_same_infinity || (!std::isinf(value) && !std::isnan(value))) {
            return mean;
        }
    }
    return mean + (value / count - mean / count);
}

void add_mean(const double* row, double* cells, double* counts, size_t steps) {
    for (size_t i = 0; i < steps; ++i) {
        if (!is_absent(row[i])) {
            cells[i] = ++counts[i] == 1 ? row[i] : next_mean(cells[i], row[i], counts[i]);
        }
    }
}

// Welford's: the sum of squared differences to a mean that moves.
void add_variance(const double* row, double* cells, double* counts, double* means, size_t steps) {
    for (size_t i = 0; i < steps; ++i) {
        if (is_absent(row[i])) {
            continue;
        }
        if (++counts[i] == 1) {
            means[i] = row[i];
            cells[i] = 0;
            continue;
        }
        const double delta = row[i] - means[i];
        means[i] += delta / counts[i];
        cells[i] += delta * (row[i] - means[i]);
    }
}

void finish_variance(Matrix& result, const std::vector<double>& counts, bool is_deviation) {
    for (size_t group = 0; group < result.rows(); ++group) {
        for (size_t i = 0; i < result.steps(); ++i) {
            auto& cell = result.cell(group, i);
            if (!is_absent(cell)) {
                const double variance = cell / counts[group * result.steps() + i];
                cell = is_deviation ? std::sqrt(variance) : variance;
            }
        }
    }
}

Matrix rows_of(const Groups& groups, size_t steps) {
    Matrix result(steps);
    result.reserve(groups.labels.size());
    for (const auto& labels : groups.labels) {
        result.add(labels);
    }
    return result;
}

}  // namespace

Groups group_rows(const Aggregation& node, const Matrix& operand, LabelArena& arena) {
    const auto grouping = sorted(node.grouping);
    Groups groups;
    groups.of_row.assign(operand.rows(), 0);
    if (operand.rows() == 0) {
        return groups;
    }
    if (!node.is_without && grouping.empty()) {
        groups.labels.emplace_back();
        return groups;
    }
    std::unordered_map<SeriesLabels, size_t, HashOfLabels> found;
    LabelEdit edit;
    for (size_t i = 0; i < operand.rows(); ++i) {
        edit.start(operand.labels(i));
        edit_to_group(edit, grouping, node.is_without);
        const auto known = found.find(SeriesLabels(edit.labels()));
        if (known != found.end()) {
            groups.of_row[i] = known->second;
            continue;
        }
        groups.of_row[i] = groups.labels.size();
        groups.labels.push_back(arena.keep(edit.labels()));
        found.emplace(groups.labels.back(), groups.of_row[i]);
    }
    return groups;
}

Result<Matrix> aggregate(const Aggregation& node, const Matrix& operand, Workspace& workspace) {
    const auto groups = group_rows(node, operand, workspace.arena);
    const auto steps = operand.steps();
    const auto cells = groups.labels.size() * steps;
    const bool is_variance = node.aggregator == Aggregator::stddev || node.aggregator == Aggregator::stdvar;
    const bool is_counting = is_variance || node.aggregator == Aggregator::avg;
    VIGIE_CHECK(workspace.budget.take(cells * (is_variance ? 3 : is_counting ? 2 : 1)));
    auto result = rows_of(groups, steps);
    const auto& grouping = node.grouping;
    result.has_one_name =
        node.is_without || std::find(grouping.begin(), grouping.end(), metric_name_label) == grouping.end();
    std::vector<double> counts(is_counting ? cells : 0);
    std::vector<double> means(is_variance ? cells : 0);
    for (size_t i = 0; i < operand.rows(); ++i) {
        const auto group = groups.of_row[i];
        const double* from = operand.row(i);
        double* to = result.row(group);
        switch (node.aggregator) {
            case Aggregator::sum:
                add_sum(from, to, steps);
                break;
            case Aggregator::count:
                add_count(from, to, steps);
                break;
            case Aggregator::min:
                add_extreme<false>(from, to, steps);
                break;
            case Aggregator::max:
                add_extreme<true>(from, to, steps);
                break;
            case Aggregator::avg:
                add_mean(from, to, counts.data() + group * steps, steps);
                break;
            case Aggregator::stddev:
            case Aggregator::stdvar:
                add_variance(from, to, counts.data() + group * steps, means.data() + group * steps, steps);
                break;
            default:
                add_group(from, to, steps);
        }
    }
    if (is_variance) {
        finish_variance(result, counts, node.aggregator == Aggregator::stddev);
    }
    result.drop_empty_rows();
    return result;
}

Result<Matrix> quantile_by_group(const Aggregation& node, const Matrix& operand, const Scalars& q,
                                 Workspace& workspace) {
    const auto groups = group_rows(node, operand, workspace.arena);
    VIGIE_CHECK(workspace.budget.take(groups.labels.size() * operand.steps()));
    auto result = rows_of(groups, operand.steps());
    std::vector<std::vector<double>> values(groups.labels.size());
    for (size_t step = 0; step < operand.steps(); ++step) {
        VIGIE_CHECK(workspace.budget.spend(operand.rows()));
        for (size_t i = 0; i < operand.rows(); ++i) {
            if (!is_absent(operand.cell(i, step))) {
                values[groups.of_row[i]].push_back(operand.cell(i, step));
            }
        }
        for (size_t group = 0; group < values.size(); ++group) {
            if (!values[group].empty()) {
                result.cell(group, step) = quantile_of(q[step], values[group]);
                values[group].clear();
            }
        }
    }
    result.drop_empty_rows();
    return result;
}

Result<Matrix> count_values(const Aggregation& node, const Matrix& operand, std::string_view label,
                            Workspace& workspace) {
    if (!is_label_name(label)) {
        return fail(ErrorCode::malformed, "count_values: {} is no label name", quoted(label));
    }
    auto names = node.grouping;
    if (!node.is_without) {
        names.emplace_back(label);
    }
    const auto grouping = sorted(std::move(names));
    const auto kept_label = workspace.arena.keep(label);
    Matrix result(operand.steps());
    std::unordered_map<SeriesLabels, size_t, HashOfLabels> found;
    LabelEdit edit;
    for (size_t step = 0; step < operand.steps(); ++step) {
        VIGIE_CHECK(workspace.budget.spend(operand.rows()));
        for (size_t i = 0; i < operand.rows(); ++i) {
            if (is_absent(operand.cell(i, step))) {
                continue;
            }
            const auto text = plain_number_text(operand.cell(i, step));
            edit.start(operand.labels(i));
            edit.set(kept_label, text);
            edit_to_group(edit, grouping, node.is_without);
            auto known = found.find(SeriesLabels(edit.labels()));
            if (known == found.end()) {
                VIGIE_CHECK(workspace.budget.take(operand.steps()));
                if (SeriesLabels(edit.labels()).value_of(label) == text) {
                    edit.set(kept_label, workspace.arena.keep(text));
                }
                const auto labels = workspace.arena.keep(edit.labels());
                known = found.emplace(labels, result.rows()).first;
                result.add(labels);
            }
            auto& cell = result.cell(known->second, step);
            cell = is_absent(cell) ? 1 : cell + 1;
        }
    }
    return result;
}

}  // namespace vigie::controller::query

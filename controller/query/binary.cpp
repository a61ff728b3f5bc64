#include "controller/query/binary.hpp"

#include "controller/query/arithmetic.hpp"
#include "controller/query/labels.hpp"
#include "controller/query/rows.hpp"

namespace vigie::controller::query {
namespace {

// Comparisons and atan2 keep the name, as in Prometheus 2.42.
bool drops_name(const Binary& node) {
    return node.returns_bool || (!is_comparison(node.op) && node.op != Operator::atan2);
}

// What a cell becomes, or `absent` where a comparison does not hold; `kept` is what a comparison keeps.
double result_of(const Binary& node, double left, double right, double kept) {
    if (!is_comparison(node.op)) {
        return calculated(node.op, left, right);
    }
    const bool holds = compares(node.op, left, right);
    return node.returns_bool ? (holds ? 1 : 0) : holds ? kept : absent;
}

using Presence = std::vector<char>;  // of each signature at each step

Presence presence_of(const Matrix& matrix, const std::vector<size_t>& signatures, size_t count) {
    Presence present(count * matrix.steps());
    for (size_t i = 0; i < matrix.rows(); ++i) {
        for (size_t step = 0; step < matrix.steps(); ++step) {
            present[signatures[i] * matrix.steps() + step] |= is_absent(matrix.cell(i, step)) ? 0 : 1;
        }
    }
    return present;
}

// Adds the rows' values where their signature's presence is as wanted.
void add_where(Matrix& result, const Matrix& rows, const std::vector<size_t>& signatures, const Presence& present,
               bool wanted) {
    for (size_t i = 0; i < rows.rows(); ++i) {
        double* to = result.add(rows.labels(i));
        const double* from = rows.row(i);
        const char* there = present.data() + signatures[i] * rows.steps();
        for (size_t step = 0; step < rows.steps(); ++step) {
            to[step] = (there[step] != 0) == wanted ? from[step] : absent;
        }
    }
}

}  // namespace

Signatures::Signatures(const Matching& matching, LabelArena& arena)
    : matching_(matching), names_(matching.labels), arena_(arena) {
    if (!matching_.is_on) {
        names_.emplace_back(metric_name_label);
    }
    std::sort(names_.begin(), names_.end());
}

std::vector<size_t> Signatures::of(const Matrix& matrix) {
    std::vector<size_t> signatures(matrix.rows());
    for (size_t i = 0; i < matrix.rows(); ++i) {
        edit_.start(matrix.labels(i));
        matching_.is_on ? edit_.keep_only(names_) : edit_.erase(names_);
        auto known = numbers_.find(SeriesLabels(edit_.labels()));
        if (known == numbers_.end()) {
            known = numbers_.emplace(arena_.keep(edit_.labels()), numbers_.size()).first;
        }
        signatures[i] = known->second;
    }
    return signatures;
}

Result<Matrix> with_scalar(const Binary& node, Matrix operand, const Scalars& numbers, Workspace& workspace) {
    const bool is_scalar_left = node.left->type == ValueType::scalar;
    for (size_t i = 0; i < operand.rows(); ++i) {
        double* row = operand.row(i);
        for (size_t step = 0; step < operand.steps(); ++step) {
            if (!is_absent(row[step])) {
                const double left = is_scalar_left ? numbers[step] : row[step];
                const double right = is_scalar_left ? row[step] : numbers[step];
                row[step] = result_of(node, left, right, row[step]);
            }
        }
    }
    VIGIE_CHECK(workspace.budget.spend(operand.rows() * operand.steps()));
    if (is_comparison(node.op)) {
        operand.drop_empty_rows();
    }
    return drops_name(node) ? drop_names(std::move(operand), SameLabels::at_one_step, workspace) : std::move(operand);
}

Result<Matrix> set_operation(const Binary& node, const Matrix& left, const Matrix& right, Workspace& workspace) {
    Signatures signatures(node.matching, workspace.arena);
    const auto of_left = signatures.of(left);
    const auto of_right = signatures.of(right);
    VIGIE_CHECK(workspace.budget.take(signatures.count() * left.steps()));
    Matrix result(left.steps());
    if (node.op == Operator::logical_or) {
        const auto present = presence_of(left, of_left, signatures.count());
        result.reserve(left.rows() + right.rows());
        for (size_t i = 0; i < left.rows(); ++i) {
            std::copy_n(left.row(i), left.steps(), result.add(left.labels(i)));
        }
        add_where(result, right, of_right, present, false);
        result.drop_empty_rows();
        return merge_rows(std::move(result), SameLabels::at_one_step, workspace);
    }
    const auto present = presence_of(right, of_right, signatures.count());
    result.has_one_name = left.has_one_name;
    add_where(result, left, of_left, present, node.op == Operator::logical_and);
    result.drop_empty_rows();
    return result;
}

namespace {

// One operation between two vectors. `many` is the side that may have several series of a signature: the left one,
// unless group_right turns it around.
class Match {
  public:
    Match(const Binary& node, const Matrix& left, const Matrix& right, Workspace& workspace)
        : node_(node),
          is_turned_(node.matching.cardinality == Cardinality::one_to_many),
          many_(is_turned_ ? right : left),
          one_(is_turned_ ? left : right),
          workspace_(workspace),
          signatures_(node.matching, workspace.arena),
          of_many_(signatures_.of(many_)),
          of_one_(signatures_.of(one_)),
          kept_labels_(node.matching.labels),
          result_(many_.steps()) {
        std::sort(kept_labels_.begin(), kept_labels_.end());
    }

    Result<Matrix> run() {
        row_of_signature_.assign(signatures_.count(), none);
        for (size_t step = 0; step < many_.steps(); ++step) {
            VIGIE_CHECK(run_step(step));
        }
        result_.drop_empty_rows();
        return std::move(result_);
    }

  private:
    static constexpr size_t none = static_cast<size_t>(-1);

    Result<void> run_step(size_t step) {
        VIGIE_CHECK(workspace_.budget.spend(many_.rows() + one_.rows()));
        if (!has_any(many_, step)) {
            return {};
        }
        VIGIE_CHECK(find_ones(step));
        is_used_.assign(signatures_.count(), 0);
        for (size_t i = 0; i < many_.rows(); ++i) {
            const auto partner = row_of_signature_[of_many_[i]];
            if (is_absent(many_.cell(i, step)) || partner == none) {
                continue;
            }
            const double of_many = many_.cell(i, step);
            const double of_one = one_.cell(partner, step);
            const double left = is_turned_ ? of_one : of_many;
            const double value = result_of(node_, left, is_turned_ ? of_many : of_one, left);
            if (!is_absent(value)) {
                VIGIE_CHECK(put(i, partner, step, value));
            }
        }
        return {};
    }

    static bool has_any(const Matrix& matrix, size_t step) {
        for (size_t i = 0; i < matrix.rows(); ++i) {
            if (!is_absent(matrix.cell(i, step))) {
                return true;
            }
        }
        return false;
    }

    // The one series of each signature at this step.
    Result<void> find_ones(size_t step) {
        std::fill(row_of_signature_.begin(), row_of_signature_.end(), none);
        for (size_t i = 0; i < one_.rows(); ++i) {
            if (is_absent(one_.cell(i, step))) {
                continue;
            }
            auto& row = row_of_signature_[of_one_[i]];
            if (row != none) {
                return fail(ErrorCode::conflict,
                            "found duplicate series for the match group {} on the {} hand-side of the operation: "
                            "[{}, {}]; many-to-many matching not allowed: matching labels must be unique on one side",
                            match_group(one_.labels(i)), is_turned_ ? "left" : "right", text_of(one_.labels(i)),
                            text_of(one_.labels(row)));
            }
            row = i;
        }
        return {};
    }

    std::string match_group(const SeriesLabels& labels) {
        edit_.start(labels);
        if (node_.matching.is_on) {
            edit_.keep_only(kept_labels_);
        } else {
            edit_.erase(kept_labels_);
            edit_.erase(metric_name_label);
        }
        return text_of(SeriesLabels(edit_.labels()));
    }

    Result<void> put(size_t many_row, size_t one_row, size_t step, double value) {
        const auto signature = of_many_[many_row];
        if (node_.matching.cardinality == Cardinality::one_to_one) {
            if (is_used_[signature] != 0) {
                return fail(ErrorCode::conflict,
                            "multiple matches for labels {}: many-to-one matching must be explicit "
                            "(group_left/group_right)",
                            match_group(many_.labels(many_row)));
            }
            is_used_[signature] = 1;
        }
        VIGIE_TRY(const auto row, row_of_pair(many_row, one_row));
        auto& cell = result_.cell(row, step);
        if (!is_absent(cell)) {
            return fail(ErrorCode::conflict,
                        "multiple matches for labels: grouping labels must ensure unique matches, {} comes twice",
                        text_of(result_.labels(row)));
        }
        cell = value;
        return {};
    }

    // The row of the result that a pair's labels make, found once for all steps. Most series keep their partner.
    Result<size_t> row_of_pair(size_t many_row, size_t one_row) {
        if (last_pair_.empty()) {
            last_pair_.assign(many_.rows(), {none, none});
        }
        auto& [partner, row] = last_pair_[many_row];
        if (partner != one_row) {
            const auto labels = result_labels(many_.labels(many_row), one_.labels(one_row));
            const auto known = rows_.find(labels);
            if (known == rows_.end()) {
                VIGIE_CHECK(workspace_.budget.take(result_.steps()));
                row = result_.rows();
                rows_.emplace(labels, row);
                result_.add(labels);
            } else {
                row = known->second;
            }
            partner = one_row;
        }
        return row;
    }

    SeriesLabels result_labels(const SeriesLabels& many, const SeriesLabels& one) {
        const auto& matching = node_.matching;
        edit_.start(many);
        if (drops_name(node_) && !node_.returns_bool) {
            edit_.erase(metric_name_label);
        }
        if (matching.cardinality == Cardinality::one_to_one) {
            matching.is_on ? edit_.keep_only(kept_labels_) : edit_.erase(kept_labels_);
        }
        for (const auto& name : matching.include) {
            edit_.set(name, one.value_of(name));
        }
        if (node_.returns_bool) {
            edit_.erase(metric_name_label);
        }
        return workspace_.arena.keep(edit_.labels());
    }

    const Binary& node_;
    bool is_turned_;
    const Matrix& many_;
    const Matrix& one_;
    Workspace& workspace_;
    Signatures signatures_;
    std::vector<size_t> of_many_;
    std::vector<size_t> of_one_;
    std::vector<std::string> kept_labels_;
    LabelEdit edit_;
    Matrix result_;
    std::unordered_map<SeriesLabels, size_t, HashOfLabels> rows_;
    std::vector<std::pair<size_t, size_t>> last_pair_;
    std::vector<size_t> row_of_signature_;
    std::vector<char> is_used_;
};

}  // namespace

Result<Matrix> matched(const Binary& node, const Matrix& left, const Matrix& right, Workspace& workspace) {
    return Match(node, left, right, workspace).run();
}

}  // namespace vigie::controller::query

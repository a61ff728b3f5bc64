// topk and bottomk with the heap of Go's container/heap, so that among equal values the same series are taken as by
// Prometheus.
#include "controller/query/aggregate.hpp"
#include "controller/query/arithmetic.hpp"
#include "controller/query/literals.hpp"

namespace vigie::controller::query {
namespace {

struct Entry {
    double value;
    size_t row;
};

// The one to give way first on top: for topk the smallest, a NaN before all.
class Heap {
  public:
    explicit Heap(bool is_top) : is_top_(is_top) {}

    void offer(Entry entry, size_t k) {
        if (entries_.size() < k) {
            push(entry);
        } else if (is_better(entry.value, entries_[0].value) || std::isnan(entries_[0].value)) {
            if (k == 1) {
                entries_[0] = entry;
                return;
            }
            pop();
            push(entry);
        }
    }

    // Best first; empties the heap.
    std::vector<Entry> take() {
        std::stable_sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
            return std::isnan(a.value) ? false : std::isnan(b.value) || is_better(a.value, b.value);
        });
        return std::exchange(entries_, {});
    }

  private:
    bool is_better(double a, double b) const { return is_top_ ? a > b : a < b; }
    bool gives_way(size_t a, size_t b) const {
        return std::isnan(entries_[a].value) || is_better(entries_[b].value, entries_[a].value);
    }

    void push(Entry entry) {
        entries_.push_back(entry);
        for (size_t at = entries_.size() - 1; at > 0;) {
            const auto parent = (at - 1) / 2;
            if (!gives_way(at, parent)) {
                break;
            }
            std::swap(entries_[at], entries_[parent]);
            at = parent;
        }
    }

    void pop() {
        std::swap(entries_.front(), entries_.back());
        entries_.pop_back();
        for (size_t at = 0; 2 * at + 1 < entries_.size();) {
            auto child = 2 * at + 1;
            if (child + 1 < entries_.size() && gives_way(child + 1, child)) {
                ++child;
            }
            if (!gives_way(child, at)) {
                break;
            }
            std::swap(entries_[at], entries_[child]);
            at = child;
        }
    }

    bool is_top_;
    std::vector<Entry> entries_;
};

Result<size_t> rank_of(double k, std::string_view name, size_t rows) {
    // What Go converts to an int64: up to the largest double below 2^63.
    if (!(k >= -0x1p63 && k < 0x1p63)) {
        return fail(ErrorCode::malformed, "{}: {} is no number of series", name, number_text(k));
    }
    return k < 1 ? 0 : static_cast<size_t>(std::min(k, static_cast<double>(rows)));
}

}  // namespace

Result<Matrix> top_rows(const Aggregation& node, const Matrix& operand, const Scalars& k, Workspace& workspace) {
    const auto groups = group_rows(node, operand, workspace.arena);
    VIGIE_CHECK(workspace.budget.take(operand.rows() * operand.steps()));
    Matrix result(operand.steps());
    result.reserve(operand.rows());
    result.has_one_name = operand.has_one_name;
    for (size_t i = 0; i < operand.rows(); ++i) {
        result.add(operand.labels(i));
    }
    std::vector<Heap> heaps(groups.labels.size(), Heap(node.aggregator == Aggregator::topk));
    std::vector<size_t> order;
    for (size_t step = 0; step < operand.steps(); ++step) {
        VIGIE_CHECK(workspace.budget.spend(operand.rows()));
        VIGIE_TRY(const auto rank, rank_of(k[step], name_of(node.aggregator), operand.rows()));
        for (size_t i = 0; rank > 0 && i < operand.rows(); ++i) {
            if (!is_absent(operand.cell(i, step))) {
                heaps[groups.of_row[i]].offer({operand.cell(i, step), i}, rank);
            }
        }
        for (auto& heap : heaps) {
            for (const auto& entry : heap.take()) {
                result.cell(entry.row, step) = entry.value;
                order.push_back(entry.row);
            }
        }
    }
    // An instant result stands in the order of ranks, group by group.
    if (result.is_instant()) {
        result.reorder(order);
        return result;
    }
    result.drop_empty_rows();
    return result;
}

}  // namespace vigie::controller::query

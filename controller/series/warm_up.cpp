// Slot by slot back in time: what dashboards ask for is mostly of the last hours.
#include "controller/series/warm_up.hpp"

#include <array>

#include "controller/query/literals.hpp"
#include "controller/series/stored_query.hpp"
#include "controller/store/block_rows.hpp"

namespace vigie::controller {

namespace {

class Warmth {
  public:
    Warmth(const StateStore& store, const std::atomic<bool>& cancelled)
        : snapshot_(store.snapshot()), cancelled_(cancelled) {}

    // Of the labels that nearly all selectors name.
    size_t read_index(Bytes bytes_max) const {
        constexpr std::array<std::string_view, 2> labels{metric_name_label, "instance"};
        const auto postings = snapshot_->cursor(Family::sidx);
        size_t bytes = 0;
        for (const auto label : labels) {
            const auto prefix = keys::posting_label_prefix(label);
            size_t of_label = 0;
            for (bool is_row = postings->seek(prefix); is_row && postings->key().starts_with(prefix) &&
                                                       of_label < bytes_max.count / labels.size() && !cancelled_;
                 is_row = postings->next()) {
                of_label += size_of(*postings);
            }
            bytes += of_label;
        }
        return bytes;
    }

    size_t read_samples(Bytes bytes_max) const {
        BlockReader blocks(*snapshot_);
        const auto rows = snapshot_->cursor(Family::chunks);
        size_t bytes = 0;
        auto slot = blocks.last_slot(Tier::raw).value_or(std::nullopt);
        while (slot && bytes < bytes_max.count && !cancelled_) {
            bytes += read_slot(*rows, *slot, bytes_max.count - bytes);
            slot = slot_before(*rows, *slot);
        }
        return bytes;
    }

  private:
    static size_t size_of(const StoreCursor& row) { return row.key().size() + row.value().size(); }

    size_t read_slot(StoreCursor& rows, uint32_t slot, size_t bytes_max) const {
        const auto end = keys::block_slot_start(static_cast<uint8_t>(Tier::raw), slot + 1);
        size_t bytes = 0;
        for (bool is_row = rows.seek(keys::block_slot_start(static_cast<uint8_t>(Tier::raw), slot));
             is_row && rows.key() < end && bytes < bytes_max && !cancelled_; is_row = rows.next()) {
            bytes += size_of(rows);
        }
        return bytes;
    }

    static std::optional<uint32_t> slot_before(StoreCursor& rows, uint32_t slot) {
        const auto start = keys::block_slot_start(static_cast<uint8_t>(Tier::raw), slot);
        if (!rows.seek_back(start)) {
            return std::nullopt;
        }
        const auto key = keys::read_block(rows.key());
        const bool is_earlier = key && key->tier == static_cast<uint8_t>(Tier::raw) && key->slot < slot;
        return is_earlier ? std::optional(key->slot) : std::nullopt;
    }

    const std::unique_ptr<StoreSnapshot> snapshot_;
    const std::atomic<bool>& cancelled_;
};

// Of a host's first series, or of all where the posting does not name it; "" when nothing is stored.
std::string some_selector(const StoreSnapshot& snapshot) {
    const auto postings = snapshot.cursor(Family::sidx);
    const auto prefix = keys::posting_label_prefix("instance");
    if (!postings->seek(prefix) || !postings->key().starts_with(prefix)) {
        return "";
    }
    const auto host = keys::read_posting(postings->key());
    if (!host) {
        return "";
    }
    auto selector = fmt::format("{{instance={}", query::quoted(host->value));
    LabelViews labels;
    if (read_label_views(postings->value(), labels)) {
        for (const auto& [name, value] : labels) {
            selector += name == metric_name_label ? fmt::format(",{}={}", name, query::quoted(value)) : "";
        }
    }
    return selector + "}";
}

}  // namespace

WarmedUp warm_up(const StateStore& store, const std::atomic<bool>& cancelled, const WarmUpLimits& limits) {
    const Warmth warmth(store, cancelled);
    return {.index_bytes = warmth.read_index(limits.index_max),
            .sample_bytes = warmth.read_samples(limits.samples_max)};
}

size_t rehearse(const StateStore& store, const Clock& clock, const std::atomic<bool>& cancelled) {
    constexpr QueryLimits limits{.samples_max = 4'000, .series_max = 100};
    const auto snapshot = store.snapshot();
    const auto newest = BlockReader(*snapshot).last_slot(Tier::raw);
    const auto selector = some_selector(*snapshot);
    const auto rate = query::Expression::parse(fmt::format("rate({}[1m])", selector));
    if (!newest || !*newest || !rate) {
        return 0;
    }
    const auto to = wall_from_unix_ms(span_of(Tier::raw, **newest).end_ms);
    const auto found = evaluate_stored(store, *rate, {.from = to - 10min, .to = to, .step = 10s}, limits,
                                       {.clock = clock, .cancelled = cancelled, .time_max = 10ms});
    return found && !found->series.empty() ? found->series.front().samples.size() : 0;
}

}  // namespace vigie::controller

// Hosts that report each minute, and the tiers that are made of it.
#pragma once
#include "controller/sealing/downsampler.hpp"
#include "controller/sealing/sealer.hpp"
#include "controller/series/store_source.hpp"
#include "tests/unit/controller/series/stored.hpp"

namespace vigie::tests {

using namespace controller;

// A slot of each tier begins here: a multiple of 8 days.
constexpr WallTime tiers_start = wall_from_unix_ms(2'600 * int64_t{8 * 86'400'000});

struct Tiers : Stored {
    Sealer sealer;
    Downsampler five_minutes{Tier::five_minutes};
    Downsampler hour{Tier::hour};

    // A counter that grows by 1 each minute, and a gauge, which is 100 for one sample of each hour and else 0.
    void add_minutes(const std::string& host, uint64_t first_id, WallTime from, WallTime to) {
        for (auto at = from; at < to; at += 1min) {
            const auto minute = (at - tiers_start) / 1min;
            add_row(host, at + 5s, {first_id, first_id + 1}, {1.0 * minute, minute % 60 == 30 ? 100.0 : 0.0});
        }
    }
    void add_host(const std::string& host, uint64_t first_id) {
        add_series(first_id, host, "minutes_total");
        add_series(first_id + 1, host, "spike");
    }
    template <typename Maker>
    size_t make_all(Maker& maker, WallTime now) {
        for (size_t pieces = 0;; ++pieces) {
            auto piece = maker.next(*store.snapshot(), now);
            BOOST_REQUIRE_MESSAGE(piece.has_value(), piece.error().message);
            if (!*piece) {
                return pieces;
            }
            BOOST_REQUIRE(store.commit((*piece)->batch));
        }
    }
    void make_all(WallTime now) {
        make_all(sealer, now);
        make_all(five_minutes, now);
        make_all(hour, now);
    }
    void erase(Tier tier) {
        StoreBatch batch;
        const auto number = static_cast<uint8_t>(tier);
        batch.erase_range(Family::chunks, keys::block_slot_start(number, 0),
                          keys::block_slot_start(static_cast<uint8_t>(number + 1), 0));
        BOOST_REQUIRE(store.commit(batch));
    }
    std::vector<WindowSample> windows(Tier tier, const std::string& host, uint64_t id, WallTime at) {
        const auto snapshot = store.snapshot();
        BlockReader reader(*snapshot);
        const auto slot = slot_of(tier, at);
        const auto block = reader.block(tier, slot, AgentId{host}).value();
        if (!block) {
            return {};
        }
        const auto labels = read_label_row(*store.get(Family::series, keys::series(id)).value()).value();
        const auto chunk = reader.chunk(tier, slot, block->piece, place_of(labels), id).value();
        return chunk ? read_windows(*chunk, block->times_ms).value() : std::vector<WindowSample>{};
    }
    std::string at(const std::string& text, WallTime time) {
        const auto expression = query::Expression::parse(text).value();
        query::Budget budget({}, nullptr, nullptr);
        StoreSource source(store, query::needs_of(expression, time, time, 0ms), budget, 100);
        const auto value = query::evaluate_at(expression, source, time);
        BOOST_REQUIRE_MESSAGE(value.has_value(), value.error().message);
        return value->series.empty() ? "nothing" : fmt::format("{:.4g}", value->series.front().samples.front().value);
    }
    // The value at `to` in a query of many steps.
    std::string last_of(const std::string& text, WallTime from, WallTime to, milliseconds step) {
        const auto expression = query::Expression::parse(text).value();
        query::Budget budget({}, nullptr, nullptr);
        StoreSource source(store, query::needs_of(expression, from, to, step), budget, 100);
        const auto value = query::evaluate_over(expression, source, from, to, step);
        BOOST_REQUIRE_MESSAGE(value.has_value(), value.error().message);
        return value->series.empty() ? "nothing" : fmt::format("{:.4g}", value->series.front().samples.back().value);
    }
};

}  // namespace vigie::tests

// PromQL gives the same of rows, of blocks, and of both together.
#include <random>

#include "controller/sealing/sealer.hpp"
#include "controller/series/store_source.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr WallTime start = wall_from_unix_ms(1'800'000'000'000);  // the beginning of a bucket: a multiple of 20 min

struct Twice {
    tests::Stored rows;
    tests::Stored blocks;

    void add_series(uint64_t id, const std::string& host, const std::string& text) {
        rows.add_series(id, host, text);
        blocks.add_series(id, host, text);
    }
    void add_row(const std::string& host, WallTime at, const std::vector<uint64_t>& ids,
                 const std::vector<double>& values) {
        rows.add_row(host, at, ids, values);
        blocks.add_row(host, at, ids, values);
    }
    void seal() {
        Sealer sealer;
        while (const auto piece = sealer.next(*blocks.store.snapshot(), start + 24h).value()) {
            BOOST_REQUIRE(blocks.store.commit(piece->batch));
        }
    }
    static std::string answer(const StateStore& store, const std::string& text, WallTime from, WallTime to) {
        const auto expression = query::Expression::parse(text).value();
        query::Budget budget({}, nullptr, nullptr);
        StoreSource source(store, query::needs_of(expression, from, to, 30s), budget, 100);
        const auto value = query::evaluate_over(expression, source, from, to, 30s);
        BOOST_REQUIRE_MESSAGE(value.has_value(), value.error().message);
        std::string out;
        for (const auto& series : value->series) {
            for (const auto& [name, label] : series.labels) {
                out += name + "=" + label + " ";
            }
            for (const auto& sample : series.samples) {
                out += fmt::format("{}:{} ", sample.unix_ms, sample.value);
            }
            out += "\n";
        }
        return out;
    }
    void compare(const std::string& text, WallTime from, WallTime to) {
        const auto wanted = answer(rows.store, text, from, to);
        BOOST_TEST(!wanted.empty());
        BOOST_TEST(answer(blocks.store, text, from, to) == wanted);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sealed_queries, Twice)

BOOST_AUTO_TEST_CASE(a_series_ends_where_its_host_no_longer_has_it_in_blocks_too) {
    add_series(1, "web-1", "fs{mount=\"a\"}");
    add_series(2, "web-1", "fs{mount=\"b\"}");
    for (int i = 0; i < 240; ++i) {  // 40 minutes; b is gone from minute 5 to 10, and from the second bucket on
        const bool has_b = (i < 30 || i >= 60) && i < 120;
        add_row("web-1", start + i * 10s, has_b ? std::vector<uint64_t>{1, 2} : std::vector<uint64_t>{1},
                has_b ? std::vector<double>{1.0 * i, 2.5} : std::vector<double>{1.0 * i});
    }
    seal();
    BOOST_TEST(blocks.rows(Family::head) == 0u);
    compare("fs", start, start + 45min);
    compare("count_over_time(fs[3m])", start, start + 45min);
    compare("fs offset 7m", start + 2min, start + 40min);
}

BOOST_AUTO_TEST_CASE(any_rows_give_the_same_sealed_or_not) {
    std::mt19937 engine(11);
    for (uint64_t id = 1; id <= 20; ++id) {
        add_series(id, fmt::format("web-{}", id % 4), fmt::format("m{}{{n=\"{}\"}}", id % 3, id));
    }
    for (auto at = start; at < start + 2h; at += 10s) {
        for (uint64_t host = 0; host < 4; ++host) {
            std::vector<uint64_t> ids;
            std::vector<double> values;
            for (uint64_t id = host == 0 ? 4 : host; id <= 20; id += 4) {
                if (engine() % 50 != 0) {
                    ids.push_back(id);
                    values.push_back(static_cast<double>(engine() % 100'000) / 100);
                }
            }
            if (engine() % 20 != 0) {
                add_row(fmt::format("web-{}", host), at + std::chrono::milliseconds(engine() % 100), ids, values);
            }
        }
        if (at == start + 70min) {
            seal();  // what comes after stays raw
        }
    }
    for (const auto* text : {"m0", "sum by (instance) (m1)", "rate(m2[1m])", "avg(avg_over_time(m0[15m]))",
                             "max_over_time(m1{instance=\"web-1\"}[40m])", "changes(m2[5m] offset 10m)"}) {
        compare(text, start - 5min, start + 130min);
    }
    compare("m0", start + 19min, start + 41min);
}

BOOST_AUTO_TEST_CASE(a_row_that_ended_all_series_ends_them_in_a_block_made_anew_too) {
    add_series(1, "web-1", "m0");
    add_row("web-1", start, {1}, {1});
    add_row("web-1", start + 1min, {}, {});
    seal();
    add_row("web-1", start + 30s, {1}, {2});
    seal();
    compare("m0", start, start + 5min);
}

BOOST_AUTO_TEST_SUITE_END()

#include "controller/series/stored_query.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr WallTime start = wall_from_unix_ms(1'800'000'000'000);

// Each look at the clock finds it a second later.
struct HurryingClock final : Clock {
    mutable int looks = 0;
    MonoTime mono() const override { return MonoTime{1h + seconds{++looks}}; }
    WallTime wall() const override { return start; }
};

struct StoredSamples : tests::Stored {
    tests::ManualClock clock;
    QueryLimits limits;
    std::atomic<bool> cancelled = false;

    StoredSamples() {
        add_series(1, "web-1", "load");
        add_row("web-1", start, {1}, {0.5});
        add_row("web-1", start + 10s, {1}, {2});
    }
    Result<query::Value> evaluate(const std::string& text, const QueryTimes& times, const Clock& by) {
        return evaluate_stored(store, query::Expression::parse(text).value(), times, limits, {by, cancelled, 2s});
    }
    Result<query::Value> at(const std::string& text) {
        return evaluate(text, {.from = start + 10s, .to = start + 10s}, clock);
    }
    Result<query::Value> over(const std::string& text) {
        return evaluate(text, {.from = start, .to = start + 10s, .step = 10s}, clock);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stored_query, StoredSamples)

BOOST_AUTO_TEST_CASE(one_time_gives_a_vector_and_a_range_a_matrix) {
    const auto value = at("load").value();
    BOOST_TEST((value.type == query::ValueType::vector));
    BOOST_TEST(value.series.at(0).samples.at(0).value == 2);
    const auto values = over("load").value();
    BOOST_TEST((values.type == query::ValueType::matrix));
    BOOST_TEST(values.series.at(0).samples.size() == 2u);
}

BOOST_AUTO_TEST_CASE(limits_end_it) {
    limits.results_max = 1;
    BOOST_TEST(over("load").error().message.starts_with("the answer has 2 samples, more than 1"));
    limits = {.samples_max = 2};
    BOOST_TEST(at("load[1m]").error().message.starts_with("the query needs more than 2 samples"));
    limits = {.series_max = 0};
    BOOST_TEST((at("load").error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_CASE(time_and_cancellation_end_it) {
    const std::string much = "sum_over_time((load)[20m:1ms])";  // 1,200,001 steps
    BOOST_TEST((evaluate(much, {.from = start, .to = start}, HurryingClock()).error().code == ErrorCode::timed_out));
    cancelled = true;
    BOOST_TEST((at(much).error().code == ErrorCode::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()

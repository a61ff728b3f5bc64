#include "controller/app/commit_meter.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"
#include "tests/support/manual_clock.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
// Takes as long as it is told.
struct SlowStore final : StateStore {
    tests::ManualClock& clock;
    MemoryStore memory{};
    nanoseconds takes{0};
    bool is_broken = false;
    explicit SlowStore(tests::ManualClock& by) : clock(by) {}

    Result<void> commit(const StoreBatch& batch) override {
        clock.advance(takes);
        return is_broken ? Result<void>(fail(ErrorCode::no_space, "full")) : memory.commit(batch);
    }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return memory.get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
        return memory.scan(family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        return memory.scan_back(family, from, to, visit);
    }
};
struct Metered {
    tests::ManualClock clock;
    SlowStore store{clock};
    CommitMeter meter{store, clock};

    void commit(nanoseconds takes) {
        store.takes = takes;
        StoreBatch batch;
        batch.put(Family::meta, "a", "b");
        static_cast<void>(meter.commit(batch));
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(commit_meter, Metered)

BOOST_AUTO_TEST_CASE(commits_are_counted_by_how_long_they_took) {
    commit(1ms);  // a bound is of its own bucket
    commit(3ms);
    commit(10s);
    const auto reading = meter.reading();
    BOOST_TEST(reading.counts[0] == 1u);
    BOOST_TEST(reading.counts[2] == 1u);
    BOOST_TEST(reading.counts.back() == 1u);
    BOOST_TEST(reading.seconds == 10.004, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(reading.failed == 0u);
}

BOOST_AUTO_TEST_CASE(failures_count_and_are_handed_on) {
    store.is_broken = true;
    BOOST_TEST((meter.commit({}).error().code == ErrorCode::no_space));
    BOOST_TEST(meter.reading().failed == 1u);
}

BOOST_AUTO_TEST_CASE(reads_go_through) {
    commit(0ns);
    BOOST_TEST(meter.get(Family::meta, "a").value().value() == "b");
    size_t rows = 0;
    const auto count = [&rows](auto, auto) { return ++rows > 0; };
    BOOST_TEST(meter.scan(Family::meta, "", "", count).has_value());
    BOOST_TEST(meter.scan_back(Family::meta, "", "", count).has_value());
    BOOST_TEST(rows == 2u);
    BOOST_TEST(meter.snapshot()->get(Family::meta, "a").value().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

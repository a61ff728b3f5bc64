// Real threads of the loop's pool, held by a store whose reads wait for the test.
#include "controller/app/query_runner.hpp"

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <mutex>

#include "controller/operator/requests.hpp"
#include "controller/store/memory_store.hpp"
#include "tests/support/manual_clock.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

// An empty store whose readers wait at a gate.
class GatedStore final : public StateStore {
  public:
    Result<void> commit(const StoreBatch&) override { return fail(ErrorCode::unsupported, "only read"); }
    Result<std::optional<std::string>> get(Family, std::string_view) const override { return std::nullopt; }
    Result<void> scan(Family, std::string_view, std::string_view,
                      const std::function<bool(std::string_view, std::string_view)>&) const override {
        std::unique_lock lock(guard_);
        ++inside_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return is_open_; });
        --inside_;
        return {};
    }
    Result<void> scan_back(Family, std::string_view, std::string_view,
                           const std::function<bool(std::string_view, std::string_view)>&) const override {
        return {};
    }

    void wait_for_readers(int count) {
        std::unique_lock lock(guard_);
        changed_.wait(lock, [this, count] { return inside_ == count; });
    }
    void open() {
        const std::lock_guard lock(guard_);
        is_open_ = true;
        changed_.notify_all();
    }
    int inside() const {
        const std::lock_guard lock(guard_);
        return inside_;
    }

  private:
    mutable std::mutex guard_;
    mutable std::condition_variable changed_;
    mutable int inside_ = 0;
    bool is_open_ = false;
};

struct Running {
    tests::ManualClock clock;
    GatedStore store;
    std::unique_ptr<Loop> loop = Loop::open().value();
    std::unique_ptr<QueryRunner> runner = std::make_unique<QueryRunner>(
        *loop, store, clock, QueryLimits{}, RunnerLimits{.at_once_max = 2, .waiting_max = 2});
    std::vector<std::string> lines;

    void run(const std::string& expr, size_t stop_after = 0) {
        runner->run({.expr = expr, .at = clock.wall(), .timeout = 20s}, [this, stop_after](std::string line) {
            lines.push_back(std::move(line));
            if (lines.size() == stop_after) {
                loop->stop();
            }
        });
    }
    // Work for the queue that waits at the gate, and notes its name when it is done.
    Result<web::WorkQueue::Id> start(const std::string& name) {
        return runner->start([this, name](const std::atomic<bool>& cancelled) -> std::function<void()> {
            static_cast<void>(store.scan(Family::head, "", "", {}));
            return [this, line = name + (cancelled ? " cancelled" : "")] { lines.push_back(line); };
        });
    }
    // Until what was posted before and what runs on the pool is through.
    void run_until(size_t count) {
        while (lines.size() < count) {
            loop->run_on_pool([] {}, [this] { loop->stop(); });
            loop->run();
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(query_runner, Running)

BOOST_AUTO_TEST_CASE(the_loop_goes_on_while_queries_run_and_more_than_a_few_are_refused) {
    run("load", 3);
    run("load", 3);
    store.wait_for_readers(2);
    bool was_heard = false;
    loop->post([&] {
        was_heard = true;
        loop->stop();
    });
    loop->run();
    BOOST_TEST(was_heard);
    BOOST_TEST(lines.empty());
    run("load", 3);
    BOOST_REQUIRE(lines.size() == 1u);
    BOOST_TEST(decode_answer(lines[0]).error().message == "2 queries run already: ask again in some seconds");
    store.open();
    loop->run();
    BOOST_REQUIRE(lines.size() == 3u);
    BOOST_TEST(lines[2] == R"({"result":{"resultType":"vector","result":[]}})");
    run("1", 4);  // there is room again
    loop->run();
    BOOST_TEST(lines.size() == 4u);
}

BOOST_AUTO_TEST_CASE(work_of_the_queue_waits_for_its_turn) {
    BOOST_TEST(start("a").has_value());
    BOOST_TEST(start("b").has_value());
    store.wait_for_readers(2);
    BOOST_TEST(start("c").has_value());
    const auto forgotten = start("d").value();
    BOOST_TEST(runner->running() == 2u);
    BOOST_TEST(runner->waiting() == 2u);
    const auto full = start("e");
    BOOST_REQUIRE(!full);
    BOOST_TEST(full.error().message == "2 queries wait already: ask again in some seconds");
    runner->cancel(forgotten);
    BOOST_TEST(runner->waiting() == 1u);
    run("1");  // an operator's is refused while others wait
    BOOST_TEST(decode_answer(lines.at(0)).error().message == "2 queries run already: ask again in some seconds");
    store.open();
    run_until(4);
    BOOST_TEST(std::count(lines.begin(), lines.end(), "c") == 1);
    BOOST_TEST(std::count(lines.begin(), lines.end(), "d") == 0);
    runner->cancel(forgotten);  // of one that is over nothing follows
}

BOOST_AUTO_TEST_CASE(queries_that_take_long_hold_up_no_answer_about_alerts) {
    runner = std::make_unique<QueryRunner>(*loop, store, clock);
    QueryRunner answers(*loop, store, clock, {}, operators_limits);
    for (size_t i = 0; i < RunnerLimits{}.at_once_max; ++i) {
        BOOST_TEST(start("query").has_value());
    }
    store.wait_for_readers(static_cast<int>(RunnerLimits{}.at_once_max));
    BOOST_TEST(answers
                   .start([this](const std::atomic<bool>&) -> std::function<void()> {
                       return [this] { lines.emplace_back("alerts"); };
                   })
                   .has_value());
    run_until(1);
    BOOST_TEST(lines.at(0) == "alerts");
    store.open();
}

BOOST_AUTO_TEST_CASE(what_is_cancelled_under_way_is_not_answered) {
    const auto unwanted = start("a").value();
    BOOST_TEST(start("b").has_value());
    store.wait_for_readers(2);
    runner->cancel(unwanted);
    store.open();
    run_until(1);
    BOOST_TEST(lines == std::vector<std::string>{"b"}, boost::test_tools::per_element());
    while (runner->running() > 0) {  // a slot is free again once its work has ended
        loop->run_on_pool([] {}, [this] { loop->stop(); });
        loop->run();
    }
    BOOST_TEST(lines.size() == 1u);
}

BOOST_AUTO_TEST_CASE(its_end_waits_for_what_reads_and_answers_nobody) {
    run("load");
    store.wait_for_readers(1);
    // Opens the gate from another thread once the end has begun or not: either way nobody may be inside afterwards.
    loop->run_on_pool([this] { store.open(); }, [] {});
    runner.reset();
    BOOST_TEST(store.inside() == 0);
    loop.reset();  // hears of the query's end
    BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_SUITE_END()

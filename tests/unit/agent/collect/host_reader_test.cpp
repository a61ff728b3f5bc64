// Collectors that hang until the test lets them go, on a clock that only the test moves.
#include "agent/collect/host_reader.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <latch>

#include "tests/support/wait_until.hpp"
#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {
namespace {

using tests_of_collect::by_key;
using tests_of_collect::outcome_of;

// As tests::ManualClock, for several threads.
class SharedClock final : public Clock {
  public:
    MonoTime mono() const override { return MonoTime(1h) + nanoseconds(passed_); }
    WallTime wall() const override {
        return wall_from_unix_ms(1'800'000'000'000) + std::chrono::duration_cast<milliseconds>(nanoseconds(passed_));
    }
    void advance(nanoseconds by) { passed_ += by.count(); }

  private:
    std::atomic<int64_t> passed_ = 0;
};

// Reads a host of three sources, of which those hang whose names stand in `hanging`. At its end all are let go, and all
// threads have ended.
struct HangingHost {
    HangingHost() = default;
    HangingHost(const HangingHost&) = delete;
    HangingHost& operator=(const HangingHost&) = delete;
    ~HangingHost() {
        let_go();
        reader.reset();
        BOOST_TEST(tests::wait_until([this] { return collectors == 0; }));
    }

    class Source final : public Collector {
      public:
        Source(HangingHost& host, const char* name) : Collector(name), host_(host) { ++host_.collectors; }
        ~Source() override { --host_.collectors; }
        Result<void> collect(const Tick&, SeriesWriter& out) override {
            host_.clock.advance(host_.pace);
            if (name()[0] == 'h' && !host_.is_free) {
                out.add("half", 1);  // what was written before it hangs is not in a reading without it
                ++host_.entered;
                host_.free.wait();
            }
            out.add(name(), 1);
            return {};
        }

      private:
        HangingHost& host_;
    };

    HostReader::OpenSet opener(std::vector<const char*> names) {
        return [this, names = std::move(names)]() -> Result<std::unique_ptr<CollectorSet>> {
            std::vector<std::unique_ptr<Collector>> made;
            for (const auto* name : names) {
                made.push_back(std::make_unique<Source>(*this, name));
            }
            return CollectorSet::of(std::move(made), clock);
        };
    }
    void open(std::vector<const char*> names) { reader = HostReader::open(clock, opener(std::move(names))).value(); }

    void let_go() {
        if (!is_free.exchange(true)) {
            free.count_down();
        }
    }
    // Begins a reading, and waits until `hangs` threads hang in all.
    void begin(int hangs) {
        BOOST_REQUIRE(reader->begin());
        reader->look();
        wait_for_hangs(hangs);
    }
    void wait_for_hangs(int hangs) {
        BOOST_REQUIRE(tests::wait_until([&] { return entered == hangs; }));
    }
    Collection end() {
        BOOST_REQUIRE(tests::wait_until([&] { return reader->look(); }));
        return reader->take();
    }
    Collection read() {
        BOOST_REQUIRE(reader->begin());
        return end();
    }

    SharedClock clock;
    std::latch free{1};
    std::atomic<bool> is_free = false;
    std::atomic<int> entered = 0;
    std::atomic<int> collectors = 0;     // in all sets that are there
    std::atomic<nanoseconds> pace{0ns};  // what a source takes
    std::unique_ptr<HostReader> reader;
};

std::string success_of(const char* collector) {
    return fmt::format("node_scrape_collector_success{{collector=\"{}\"}}", collector);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(host_reader, HangingHost)

BOOST_AUTO_TEST_CASE(a_collector_that_hangs_is_given_up_after_five_seconds_and_the_others_are_read) {
    open({"first", "hung", "last"});
    begin(1);
    BOOST_TEST(reader->next_look().count() == 5000);
    clock.advance(4999ms);
    BOOST_TEST(!reader->look());
    BOOST_TEST(reader->next_look().count() == 1);
    BOOST_TEST(!reader->begin());
    clock.advance(1ms);
    const auto collection = end();
    BOOST_TEST(collection.batch.sampled_at_unix_ms == 1'800'000'005'000);  // when the reading without it began
    const auto series = by_key(collection.batch);
    BOOST_TEST(series.at("first") == 1);
    BOOST_TEST(series.at("last") == 1);
    BOOST_TEST((!series.contains("hung") && !series.contains("half")));
    BOOST_TEST(series.at(success_of("first")) == 1);
    BOOST_TEST(series.at(success_of("hung")) == 0);
    BOOST_TEST(series.at("node_scrape_collector_duration_seconds{collector=\"hung\"}") == 5);
    BOOST_TEST(series.at("vigie_collectors_hanging") == 1);
    BOOST_TEST((outcome_of(collection, "hung").error.code == ErrorCode::timed_out));
}

BOOST_AUTO_TEST_CASE(one_thread_hangs_however_many_readings_follow_and_it_is_back_when_it_ends) {
    open({"first", "hung", "last"});
    begin(1);
    clock.advance(5s);
    end();
    for (int i = 0; i < 100; ++i) {
        clock.advance(10s);
        const auto series = by_key(read().batch);  // at once: the clock stands still
        BOOST_REQUIRE(series.contains("last"));
        BOOST_REQUIRE(series.at(success_of("hung")) == 0);
        BOOST_REQUIRE(reader->hung_threads() == 1u);
    }
    BOOST_TEST(entered == 1);
    let_go();
    BOOST_REQUIRE(tests::wait_until([this] {
        read();
        return reader->hung_threads() == 0;
    }));
    const auto series = by_key(read().batch);
    BOOST_TEST(series.at("hung") == 1);
    BOOST_TEST(series.at(success_of("hung")) == 1);
    BOOST_TEST(series.at("vigie_collectors_hanging") == 0);
}

BOOST_AUTO_TEST_CASE(each_of_two_that_hang_holds_a_thread_and_the_reading_goes_on_without_both) {
    open({"hung1", "first", "hung2", "last"});
    begin(1);
    clock.advance(5s);
    BOOST_TEST(!reader->look());
    wait_for_hangs(2);
    clock.advance(5s);
    const auto series = by_key(end().batch);
    BOOST_TEST((series.at("first") == 1 && series.at("last") == 1));
    BOOST_TEST((series.at(success_of("hung1")) == 0 && series.at(success_of("hung2")) == 0));
    BOOST_TEST(series.at("node_scrape_collector_duration_seconds{collector=\"hung1\"}") == 10);
    BOOST_TEST(reader->hung_threads() == 2u);
}

BOOST_AUTO_TEST_CASE(when_too_many_hang_readings_say_so_and_no_thread_is_added) {
    open({"first", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9"});
    begin(1);
    for (int hung = 1; hung <= 8; ++hung) {
        wait_for_hangs(hung);
        clock.advance(5s);
        BOOST_TEST(reader->look() == (hung == 8));
    }
    for (int i = 0; i < 3; ++i) {
        const auto series = by_key(i == 0 ? reader->take().batch : read().batch);
        BOOST_TEST(!series.contains("first"));
        BOOST_TEST(series.at(success_of("first")) == 0);
        BOOST_TEST(series.at(success_of("h9")) == 0);
        BOOST_TEST(series.at("vigie_collectors_hanging") == 8);
    }
    BOOST_TEST(entered == 8);
    let_go();
    BOOST_REQUIRE(tests::wait_until([this] { return by_key(read().batch).contains("h9"); }));
    BOOST_REQUIRE(tests::wait_until([this] {
        read();
        return reader->hung_threads() == 0;
    }));
    BOOST_TEST(by_key(read().batch).contains("h1"));
}

// The limit is each collector's, not the reading's.
BOOST_AUTO_TEST_CASE(collectors_that_together_take_longer_are_waited_for) {
    open({"one", "two", "three"});
    pace = 4s;
    const auto series = by_key(read().batch);
    BOOST_TEST(series.at("three") == 1);
    BOOST_TEST(series.at("node_scrape_collector_duration_seconds{collector=\"two\"}") == 4);
    BOOST_TEST(reader->hung_threads() == 0u);
}

BOOST_AUTO_TEST_CASE(other_collectors_can_be_chosen_while_one_hangs) {
    open({"first", "hung"});
    begin(1);
    BOOST_REQUIRE(reader->configure(opener({"first", "other"})));
    BOOST_TEST(reader->has_collector("other"));
    BOOST_TEST(!reader->has_collector("hung"));
    clock.advance(5s);
    const auto series = by_key(end().batch);
    BOOST_TEST((series.at("first") == 1 && series.at("other") == 1));
    BOOST_TEST(!series.contains(success_of("hung")));
    BOOST_TEST(series.at("vigie_collectors_hanging") == 1);
    const auto refused = [] { return Result<std::unique_ptr<CollectorSet>>(fail(ErrorCode::unsupported, "no")); };
    BOOST_TEST(!reader->configure(refused));
    BOOST_TEST(by_key(read().batch).contains("other"));
}

BOOST_AUTO_TEST_CASE(a_reading_under_way_ends_with_the_collectors_it_began_with) {
    open({"first"});
    BOOST_REQUIRE(reader->begin());
    BOOST_REQUIRE(reader->configure(opener({"other"})));
    BOOST_TEST(by_key(end().batch).contains("first"));
    const auto series = by_key(read().batch);
    BOOST_TEST(series.contains("other"));
    BOOST_TEST(!series.contains("first"));
}

// Another configuration may have another folder, so it gets a chance; but not as often as one likes.
BOOST_AUTO_TEST_CASE(configurations_read_again_and_again_add_no_more_than_five_threads_for_one_that_hangs) {
    open({"first", "hung"});
    for (int i = 0; i < 20; ++i) {
        BOOST_REQUIRE(reader->begin());
        if (i < 5) {
            wait_for_hangs(i + 1);
            clock.advance(5s);
        }
        const auto series = by_key(end().batch);
        BOOST_REQUIRE(series.contains("first"));
        BOOST_REQUIRE(series.at(success_of("hung")) == 0);
        BOOST_REQUIRE(reader->hung_threads() == static_cast<size_t>(std::min(i + 1, 5)));
        BOOST_REQUIRE(reader->configure(opener({"first", "hung"})));
    }
    BOOST_TEST(entered == 5);
}

BOOST_AUTO_TEST_CASE(a_reader_that_ends_waits_for_nobody) {
    open({"first", "hung"});
    begin(1);
    reader.reset();
    BOOST_TEST(collectors == 2);  // of the set that hangs
    let_go();
    BOOST_TEST(tests::wait_until([this] { return collectors == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

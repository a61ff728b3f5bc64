// Values of scripts, from push to push.
#include "agent/push/push_registry.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

struct Pushed {
    PushRegistry registry{{.series_max = 2, .ttl = 1h}};
    MonoTime now{1h};

    std::string push(PushKind kind, const std::string& key, double value) {
        const auto done = registry.push({kind, key, value}, now);
        return done ? "ok" : done.error().message;
    }
    std::string gauge(const std::string& key, double value) { return push(PushKind::gauge, key, value); }
    std::string counter(const std::string& key, double value) { return push(PushKind::counter, key, value); }
    std::string collect(milliseconds later = 10s) {
        now += later;
        registry.begin_collection(now);
        std::string lines;
        registry.add_series([&](std::string_view key, double value) { lines += fmt::format("{} {}\n", key, value); });
        return lines;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(push_registry, Pushed)

BOOST_AUTO_TEST_CASE(a_gauge_is_set_and_a_counter_grows) {
    BOOST_TEST(gauge("g", 5) == "ok");
    BOOST_TEST(gauge("g", 3) == "ok");
    BOOST_TEST(counter("c", 2) == "ok");
    BOOST_TEST(counter("c", 2) == "ok");
    BOOST_TEST(collect() == "c 4\ng 3\n");
}

BOOST_AUTO_TEST_CASE(a_series_keeps_its_type) {
    BOOST_TEST(counter("c", 1) == "ok");
    BOOST_TEST(gauge("c", 9) == "c is a counter: push it with --type counter");
    BOOST_TEST(collect() == "c 1\n");
}

BOOST_AUTO_TEST_CASE(beyond_the_cap_new_series_are_refused) {
    gauge("a", 1);
    gauge("b", 1);
    BOOST_TEST(gauge("c", 1).starts_with("there are 2 pushed series already"));
    BOOST_TEST(gauge("a", 2) == "ok");
    BOOST_TEST(collect() == "a 2\nb 1\n");
    BOOST_TEST(registry.room().left_out == 1u);
    BOOST_TEST(registry.room().example == "c");
    collect();
    BOOST_TEST(registry.room().left_out == 0u);
}

BOOST_AUTO_TEST_CASE(idle_series_go_and_counters_come_back_where_they_were) {
    gauge("g", 1);
    counter("c", 4);
    BOOST_TEST(collect(1h + 1s).empty());
    BOOST_TEST(gauge("a", 1) == "ok");  // there is room again
    BOOST_TEST(counter("c", 1) == "ok");
    BOOST_TEST(collect() == "a 1\nc 5\n");
    BOOST_TEST(gauge("b", 1).starts_with("there are 2"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

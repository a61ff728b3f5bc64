#include "controller/series/listing.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr WallTime start = wall_from_unix_ms(1'800'000'000'000);  // where a bucket of 20 minutes begins

struct Listing : tests::Stored {
    SelectLimits limits;

    Listing() {
        add_series(1, "web-1", "load");
        add_series(2, "web-1", "temp{sensor=\"a\"}");
        add_series(3, "db-1", "load");
        add_row("web-1", start, {1}, {1});
        add_row("web-1", start + 1min, {1, 2}, {1, 2});
        add_row("web-1", start + 2min, {1}, {1});
        add_row("web-1", start + 1h, {1}, {1});
        add_row("db-1", start, {3}, {1});
    }
    std::vector<std::vector<query::Matcher>> selectors(const std::string& label, const std::string& pattern) const {
        std::vector<std::vector<query::Matcher>> made(1);
        made[0].push_back(query::Matcher::make(label, query::Matcher::Kind::regex, pattern).value());
        return made;
    }
    // The hosts and names of what is listed, such as "load@web-1".
    std::vector<std::string> series(const std::string& pattern,
                                    std::optional<std::pair<WallTime, WallTime>> time = {}) {
        const auto chosen = selectors("__name__", pattern);
        Listed listed{.selectors = chosen};
        if (time) {
            listed.from = time->first;
            listed.to = time->second;
            listed.is_timed = true;
        }
        std::vector<std::string> texts;
        const auto found = list_series(store, listed, limits).value();
        for (const auto& labels : found) {
            texts.push_back(labels.at("__name__") + "@" + labels.at("instance"));
        }
        return texts;
    }
};

using Texts = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(listing, Listing)

BOOST_AUTO_TEST_CASE(series_are_listed_by_labels) {
    BOOST_TEST(series("load|temp") == (Texts{"load@db-1", "load@web-1", "temp@web-1"}),
               boost::test_tools::per_element());
    BOOST_TEST(series("none.*").empty());
}

BOOST_AUTO_TEST_CASE(only_those_with_samples_in_the_time_both_ends_included) {
    const auto within = [this](milliseconds from, milliseconds to) {
        return series("load|temp", std::pair(start + from, start + to));
    };
    BOOST_TEST(within(0ms, 0ms) == (Texts{"load@db-1", "load@web-1"}), boost::test_tools::per_element());
    BOOST_TEST(within(1ms, 59s).empty());
    BOOST_TEST(within(1min, 1h) == (Texts{"load@web-1", "temp@web-1"}), boost::test_tools::per_element());
    BOOST_TEST(within(90s, 1h) == Texts{"load@web-1"}, boost::test_tools::per_element());
    BOOST_TEST(within(1h, 2h) == Texts{"load@web-1"}, boost::test_tools::per_element());
    BOOST_TEST(within(2h, 3h).empty());
    BOOST_TEST(series("load", std::pair(wall_from_unix_ms(-1), start + std::chrono::hours{24 * 365 * 300})).size() ==
               2u);
}

BOOST_AUTO_TEST_CASE(a_series_that_came_within_a_bucket_is_found) {
    add_row("web-1", start + 3min, {1, 2}, {1, 2});
    BOOST_TEST(series("temp", std::pair(start, start + 90s)) == Texts{"temp@web-1"}, boost::test_tools::per_element());
    BOOST_TEST(series("temp", std::pair(start + 61s, start + 2min)).empty());
}

BOOST_AUTO_TEST_CASE(names_and_values_of_what_is_listed) {
    BOOST_TEST(list_label_names(store, {}, 10, limits).value() == (Texts{"__name__", "instance", "sensor"}),
               boost::test_tools::per_element());
    BOOST_TEST(list_label_values(store, "instance", {}, 10, limits).value() == (Texts{"db-1", "web-1"}),
               boost::test_tools::per_element());
    const auto chosen = selectors("__name__", "load");
    const Listed late{.selectors = chosen, .from = start + 1min, .to = start + 2h, .is_timed = true};
    BOOST_TEST(list_label_values(store, "instance", late, 10, limits).value() == Texts{"web-1"},
               boost::test_tools::per_element());
    BOOST_TEST(list_label_names(store, late, 10, limits).value() == (Texts{"__name__", "instance"}),
               boost::test_tools::per_element());
    BOOST_TEST(list_label_values(store, "none", late, 10, limits).value().empty());
    BOOST_TEST((list_label_names(store, late, 1, limits).error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_CASE(limits_end_a_listing) {
    limits.series_max = 1;
    const auto chosen = selectors("__name__", ".+");
    BOOST_TEST((list_series(store, {.selectors = chosen}, limits).error().code == ErrorCode::too_large));
    limits.series_max = 2;
    // Each selector stays below the limit, and both together do not.
    auto both = selectors("instance", "web-1");
    both.push_back(std::move(selectors("instance", "db-1")[0]));
    BOOST_TEST((list_series(store, {.selectors = both}, limits).error().code == ErrorCode::too_large));
    limits.series_max = 3;
    const std::atomic<bool> cancelled = true;
    query::Budget budget({}, nullptr, &cancelled);
    for (int i = 0; i < 499; ++i) {
        BOOST_REQUIRE(budget.spend(200).has_value());  // it looks up after 100,000
    }
    limits.budget = &budget;
    const Listed late{.selectors = both, .from = start, .to = start + 2h, .is_timed = true};
    BOOST_TEST((list_series(store, late, limits).error().code == ErrorCode::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()

// What is listed of a time is the same of rows and of blocks.
#include "controller/sealing/sealer.hpp"
#include "controller/series/listing.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

constexpr WallTime start = wall_from_unix_ms(1'800'000'000'000);  // the beginning of a bucket: a multiple of 20 min

struct Hosts : tests::Stored {
    // load of web-1 for three buckets, temp of web-1 in the second one only, load of db-1 in the first.
    Hosts() {
        add_series(1, "web-1", "load");
        add_series(2, "web-1", "temp");
        add_series(3, "db-1", "load");
        for (int minute = 0; minute < 60; ++minute) {
            const bool has_temp = minute >= 20 && minute < 40;
            add_row("web-1", start + std::chrono::minutes{minute},
                    has_temp ? std::vector<uint64_t>{1, 2} : std::vector<uint64_t>{1},
                    has_temp ? std::vector<double>{1, 2} : std::vector<double>{1});
        }
        add_row("db-1", start + 5min, {3}, {1});
    }
    void seal() {
        Sealer sealer;
        while (const auto piece = sealer.next(*store.snapshot(), start + 24h).value()) {
            BOOST_REQUIRE(store.commit(piece->batch));
        }
        BOOST_REQUIRE(rows(Family::head) == 0u);
    }
    std::vector<std::string> listed(milliseconds from, milliseconds to) {
        std::vector<std::vector<query::Matcher>> selectors(1);
        selectors[0].push_back(query::Matcher::make("__name__", query::Matcher::Kind::regex, ".+").value());
        const auto found =
            list_series(store, {.selectors = selectors, .from = start + from, .to = start + to, .is_timed = true}, {});
        BOOST_REQUIRE(found.has_value());
        std::vector<std::string> texts;
        for (const auto& labels : *found) {
            texts.push_back(labels.at("__name__") + "@" + labels.at("instance"));
        }
        return texts;
    }
    void check() {
        using Texts = std::vector<std::string>;
        BOOST_TEST(listed(0ms, 1h) == (Texts{"load@db-1", "load@web-1", "temp@web-1"}),
                   boost::test_tools::per_element());
        BOOST_TEST(listed(0ms, 19min) == (Texts{"load@db-1", "load@web-1"}), boost::test_tools::per_element());
        BOOST_TEST(listed(25min, 30min) == (Texts{"load@web-1", "temp@web-1"}), boost::test_tools::per_element());
        BOOST_TEST(listed(40min, 24h) == Texts{"load@web-1"}, boost::test_tools::per_element());
        BOOST_TEST(listed(2h, 24h).empty());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sealed_listing, Hosts)

BOOST_AUTO_TEST_CASE(a_time_lists_the_same_sealed_or_not) {
    check();
    seal();
    check();
}

BOOST_AUTO_TEST_CASE(rows_and_blocks_count_together) {
    seal();
    add_series(4, "web-1", "late");
    add_row("web-1", start + 61min, {1, 4}, {1, 2});
    BOOST_TEST(listed(59min, 61min) == (std::vector<std::string>{"late@web-1", "load@web-1"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

// Places of series by id.
#include "controller/sealing/places.hpp"

#include "controller/store/faulty_store.hpp"
#include "tests/unit/controller/series/stored.hpp"

using namespace vigie;
using namespace vigie::controller;

BOOST_FIXTURE_TEST_SUITE(places, tests::Stored)

BOOST_AUTO_TEST_CASE(they_are_those_of_the_labels_however_far_apart_the_ids_are) {
    const auto place = [](const std::string& text) { return place_of(parse_series(text).value()); };
    Places places;
    add_series(1, "web-1", "load");
    BOOST_TEST(places.place(store, 1).value() == place("load"));
    BOOST_TEST(places.place(store, 5'000'000).value() == 0u);
    add_series(5'000'000, "web-1", "up");
    add_series(5'000'001, "web-2", "up");
    BOOST_TEST(places.place(store, 5'000'000).value() == place("up"));
    BOOST_TEST(places.place(store, 5'000'001).value() == place("up"));
    BOOST_TEST(places.place(store, 1).value() == place("load"));
    BOOST_TEST(places.place(store, 2).value() == 0u);
}

BOOST_AUTO_TEST_CASE(each_is_read_once) {
    add_series(1, "web-1", "load");
    FaultyStore counted(store);
    Places places;
    BOOST_TEST(places.place(counted, 1).has_value());
    BOOST_TEST(places.place(counted, 1).has_value());
    BOOST_TEST(counted.scans_tried == 1u);
    counted.fail_reads_with = Error{ErrorCode::io, "injected"};
    BOOST_TEST((places.place(counted, 2).error().code == ErrorCode::io));
}

BOOST_AUTO_TEST_SUITE_END()

#include "controller/app/short_ids.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"

namespace vigie::controller {
namespace {

struct Ids {
    MemoryStore store;

    Ids() {
        StoreBatch batch;
        for (const auto* key : {"h0", "saaaaaaaa11", "saaaaaaaa12", "sb", "sbbbbbbbbbbbb", "t0"}) {
            batch.put(Family::alerts, key, "");
        }
        BOOST_REQUIRE(store.commit(batch).has_value());
    }
    std::string short_id(std::string_view id) { return short_id_in(store, Family::alerts, "s", id).value(); }
    Result<std::string> whole(std::string_view given) { return whole_id(store, Family::alerts, "s", given, "alert"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ids, Ids)

BOOST_AUTO_TEST_CASE(are_shortened_to_what_no_other_begins_with) {
    BOOST_TEST(short_id("aaaaaaaa11") == "aaaaaaaa11");
    BOOST_TEST(short_id("bbbbbbbbbbbb") == "bbbbbbbb");
    BOOST_TEST(short_id("b") == "b");
    const auto all = short_ids({"0123456789", "0123456799", "0223456789"});
    BOOST_TEST(all.at("0123456789") == "012345678");
    BOOST_TEST(all.at("0123456799") == "012345679");
    BOOST_TEST(all.at("0223456789") == "02234567");
}

BOOST_AUTO_TEST_CASE(are_found_by_their_beginning_or_refused_by_name) {
    BOOST_TEST(whole("bbb").value() == "bbbbbbbbbbbb");
    BOOST_TEST(whole("b").value() == "b");  // the whole of one, though another begins so
    BOOST_TEST(whole("aaaaaaaa12").value() == "aaaaaaaa12");
    BOOST_TEST(whole("aaaa").error().message ==
               "'aaaa' is the beginning of several alerts: aaaaaaaa11, aaaaaaaa12: give more of it");
    BOOST_TEST((whole("aaaa").error().code == ErrorCode::conflict));
    BOOST_TEST((whole("c").error().code == ErrorCode::not_found));
    BOOST_TEST((whole("0").error().code == ErrorCode::not_found));  // of another kind of row
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller

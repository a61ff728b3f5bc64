#include "controller/oncall/override.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"

namespace vigie::controller::oncall {
namespace {

constexpr WallTime now = wall_from_unix_ms(1'800'000'000'000);

Override one(std::string_view id = "00000000000000aa") {
    return {.id = std::string(id),
            .rota = "primary",
            .person = "anna",
            .from = now,
            .until = now + 8h,
            .author = "uid 0",
            .comment = "ben is \"away\"",
            .created_at = now - 1s};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oncall_override)

BOOST_AUTO_TEST_CASE(a_row_is_read_back_as_it_was_and_no_other) {
    const auto row = encode(one());
    BOOST_TEST((decode_override(row).value() == one()));
    for (size_t cut = 0; cut < row.size(); ++cut) {
        BOOST_TEST(!decode_override(row.substr(0, cut)).has_value());
    }
    BOOST_TEST((decode_override(row + "x").error().code == ErrorCode::corrupt));
    BOOST_TEST((decode_override("\x7f" + row.substr(1)).error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_CASE(those_that_ended_long_ago_are_erased) {
    MemoryStore store;
    StoreBatch batch;
    auto old = one("01");
    old.from = now - override_kept_for - 2h;
    old.until = now - override_kept_for - 1ms;
    auto recent = one("02");
    recent.until = now - override_kept_for;
    for (const auto& each : {old, recent, one("03")}) {
        batch.put(Family::silences, override_key(each.id), encode(each));
    }
    BOOST_REQUIRE(store.commit(batch).has_value());
    StoreBatch pruning;
    BOOST_REQUIRE(prune_overrides(store, now, pruning).has_value());
    BOOST_REQUIRE(store.commit(pruning).has_value());
    const auto left = list_overrides(store).value();
    BOOST_REQUIRE(left.size() == 2u);
    BOOST_TEST(left[0].id == "02");
    BOOST_TEST(left[1].id == "03");
}

BOOST_AUTO_TEST_CASE(one_that_ends_before_it_begins_or_in_the_past_or_never_is_refused) {
    auto wrong = one();
    wrong.until = wrong.from;
    BOOST_TEST(!check_override(wrong, now).has_value());
    wrong.from = now - 2h;
    wrong.until = now - 1h;
    BOOST_TEST(!check_override(wrong, now).has_value());
    wrong.until = wrong.from + override_max + 1ms;
    BOOST_TEST(check_override(wrong, now).error().message.find("366d") != std::string::npos);
    BOOST_TEST(check_override(one(), now).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller::oncall

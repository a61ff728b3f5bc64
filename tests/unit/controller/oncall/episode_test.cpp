#include "controller/oncall/episode.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"

namespace vigie::controller::oncall {
namespace {

constexpr WallTime now = wall_from_unix_ms(1'800'000'000'000);

Episode one() {
    Episode episode;
    episode.alert_id = "00000000000000aa";
    episode.fired_at = now;
    episode.policy = "pages";
    episode.taken = 3;
    episode.due_at = now + 10min;
    episode.left = 90s;
    episode.is_waiting = true;
    episode.hold = Hold{.by = "anna", .comment = "mine", .at = now + 1min, .until = now + 1h};
    episode.called = {{"anna-phone", 2}, {"team", 1}};
    return episode;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oncall_episode)

BOOST_AUTO_TEST_CASE(a_row_is_read_back_as_it_was_and_no_other) {
    auto acknowledged = one();
    acknowledged.hold->until.reset();
    auto open = one();
    open.hold.reset();
    for (const auto& episode : {one(), acknowledged, open, Episode{}}) {
        const auto row = encode(episode);
        BOOST_TEST((decode_episode(row).value() == episode));
        for (size_t cut = 0; cut < row.size(); ++cut) {
            BOOST_TEST(!decode_episode(row.substr(0, cut)).has_value());
        }
        BOOST_TEST((decode_episode(row + "x").error().code == ErrorCode::corrupt));
        BOOST_TEST((decode_episode("\x7f" + row.substr(1)).error().code == ErrorCode::corrupt));
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_told_with_its_alert_and_takes_no_other_with_it) {
    MemoryStore store;
    StoreBatch batch;
    batch.put(Family::silences, episode_key("00aa"), encode(one()));
    batch.put(Family::silences, episode_key("00bb"), "junk");
    BOOST_REQUIRE(store.commit(batch).has_value());
    std::vector<DamagedRow> damaged;
    BOOST_TEST(list_episodes(store, &damaged).value().size() == 1u);
    BOOST_REQUIRE(damaged.size() == 1u);
    BOOST_TEST(damaged[0].problem.starts_with("escalation of alert '00bb': "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller::oncall

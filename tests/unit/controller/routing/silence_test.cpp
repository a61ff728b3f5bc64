#include "controller/routing/silence.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"

namespace vigie::controller::routing {
namespace {

constexpr WallTime now = wall_from_unix_ms(1'800'000'000'000);

Silence some_silence() {
    Silence silence;
    silence.id = "00000000000000aa";
    silence.matchers = parse_matchers(R"(alertname="A \"b\"",team!~"x|y")").value();
    silence.starts_at = now;
    silence.ends_at = now + 2h;
    silence.author = "uid 0";
    silence.comment = "new disks";
    silence.created_at = now;
    return silence;
}
std::string problem_of(const Silence& silence) {
    const auto checked = check_silence(silence, now);
    return checked ? "" : checked.error().message;
}

BOOST_AUTO_TEST_SUITE(silence)

BOOST_AUTO_TEST_CASE(a_row_comes_back_as_it_was) {
    const auto read = decode_silence(encode(some_silence())).value();
    BOOST_TEST(text_of(read.matchers) == R"({alertname="A \"b\"",team!~"x|y"})");
    BOOST_TEST(read.id == "00000000000000aa");
    BOOST_TEST((read.starts_at == now));
    BOOST_TEST((read.ends_at == now + 2h));
    BOOST_TEST(read.author == "uid 0");
    BOOST_TEST(read.comment == "new disks");
    BOOST_TEST((read.created_at == now));
    BOOST_TEST((decode_silence("junk").error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_CASE(it_holds_from_its_start_until_its_end) {
    std::vector<Silence> all;
    all.push_back(some_silence());
    const Labels labels{{"alertname", "A \"b\""}, {"team", "z"}};
    BOOST_TEST(!is_silenced(all, labels, now - 1ms));
    BOOST_TEST(is_silenced(all, labels, now));
    BOOST_TEST(is_silenced(all, labels, now + 2h - 1ms));
    BOOST_TEST(!is_silenced(all, labels, now + 2h));
    BOOST_TEST(!is_silenced(all, {{"alertname", "A \"b\""}, {"team", "x"}}, now));
    BOOST_TEST(name_of(state_of(all[0], now - 1ms)) == "pending");
    BOOST_TEST(name_of(state_of(all[0], now)) == "active");
    BOOST_TEST(name_of(state_of(all[0], now + 2h)) == "expired");
}

BOOST_AUTO_TEST_CASE(what_would_silence_everything_by_a_slip_is_refused) {
    auto wrong = some_silence();
    BOOST_TEST(problem_of(wrong) == "");
    wrong.matchers = parse_matchers("a=~\".*\",b!=x").value();
    BOOST_TEST(problem_of(wrong) ==
               "{a=~\".*\",b!=\"x\"} also matches alerts without these labels: at least one "
               "matcher must ask for something");
    wrong = some_silence();
    wrong.comment.clear();
    BOOST_TEST(problem_of(wrong) == "a silence needs a comment that tells others what it is for");
    wrong = some_silence();
    wrong.starts_at = now - 2h;
    wrong.ends_at = now;
    BOOST_TEST(problem_of(wrong).find("must end after it starts, and in the future") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_is_listed_for_some_days_after_its_end) {
    MemoryStore store;
    const auto commit = [&](const StoreBatch& batch) { BOOST_REQUIRE(store.commit(batch).has_value()); };
    StoreBatch batch;
    batch.put(Family::silences, silence_key("00000000000000aa"), encode(some_silence()));
    commit(batch);
    StoreBatch kept;
    BOOST_REQUIRE(prune_silences(store, now + 2h + silence_kept_for, kept).has_value());
    BOOST_TEST(kept.is_empty());
    StoreBatch pruned;
    BOOST_REQUIRE(prune_silences(store, now + 2h + silence_kept_for + 1ms, pruned).has_value());
    commit(pruned);
    BOOST_TEST(list_silences(store).value().empty());
}

BOOST_AUTO_TEST_CASE(a_damaged_one_is_told_and_takes_no_other_with_it) {
    MemoryStore store;
    StoreBatch batch;
    batch.put(Family::silences, silence_key("00000000000000aa"), "junk");
    batch.put(Family::silences, silence_key("00000000000000bb"), encode(some_silence()));
    BOOST_REQUIRE(store.commit(batch).has_value());
    std::vector<DamagedRow> damaged;
    BOOST_TEST(list_silences(store, &damaged).value().size() == 1U);
    BOOST_REQUIRE(damaged.size() == 1U);
    BOOST_TEST(damaged[0].id == "00000000000000aa");
    BOOST_TEST(damaged[0].problem.find("silence '00000000000000aa': ") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::routing

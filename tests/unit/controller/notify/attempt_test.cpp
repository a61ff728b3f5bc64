#include "controller/notify/attempt.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"

namespace vigie::controller::notify {
namespace {

const WallTime noon = parse_rfc3339("2026-11-27T12:00:00Z").value();

Attempt attempt_at(WallTime at, uint64_t number = 1, std::string group = "g") {
    Attempt one;
    one.to = {"hook", std::move(group)};
    one.at = at;
    one.number = number;
    one.took = 12ms;
    one.outcome = AttemptOutcome::retried;
    one.status = 503;
    one.problem = "answered HTTP 503";
    one.idempotency_key = "k-1";
    one.alerts_total = 1;
    one.alerts = {{"00000000000000aa", noon, false}};
    return one;
}

struct Rows {
    MemoryStore store;

    void put(const Attempt& attempt) { put(attempt_key(attempt), encode(attempt)); }
    void put(std::string key, std::string row) {
        StoreBatch batch;
        batch.put(Family::outbox, std::move(key), std::move(row));
        BOOST_REQUIRE(store.commit(batch).has_value());
    }
};

BOOST_FIXTURE_TEST_SUITE(attempt, Rows)

BOOST_AUTO_TEST_CASE(rows_come_back_as_they_were) {
    auto one = attempt_at(noon, 7, std::string("{}:{a=\"\0\"}", 10));
    one.alerts.push_back({"00000000000000bb", noon + 1ms, true});
    BOOST_TEST((decode_attempt(attempt_key(one), encode(one)).value() == one));
    BOOST_TEST((decode_attempt(attempt_key(one), "junk").error().code == ErrorCode::corrupt));
    BOOST_TEST((decode_attempt("n", encode(one)).error().code == ErrorCode::corrupt));
    BOOST_TEST(!read_attempt_key("").has_value());
    auto row = encode(one);
    row[9] = 5;  // behind the version and eight bytes of milliseconds: an outcome that there is not
    BOOST_TEST(!decode_attempt(attempt_key(one), row).has_value());
}

BOOST_AUTO_TEST_CASE(the_newest_nineteen_stay_beside_the_one_to_come) {
    for (int i = 0; i < 21; ++i) {
        put(attempt_at(noon + seconds(i)));
    }
    put(attempt_at(noon, 1, "another"));
    const auto behind = attempts_behind(store, {"hook", "g"}).value();
    BOOST_REQUIRE(behind.size() == 2U);
    BOOST_TEST((read_attempt_key(behind[0]).value().at == noon + 1s));
    BOOST_TEST((read_attempt_key(behind[1]).value().at == noon));
    BOOST_TEST(attempts_behind(store, {"hook", "another"}).value().empty());
}

BOOST_AUTO_TEST_CASE(what_is_old_or_beyond_the_bytes_is_forgotten_oldest_first) {
    put(attempt_at(noon - attempts_kept_for - 1ms, 1, "old"));
    put(attempt_at(noon - 2s, 2));
    put(attempt_at(noon - 1s, 3));
    put(attempt_at(noon, 4));
    const auto old = attempts_to_forget(store, noon).value();
    BOOST_REQUIRE(old.size() == 1U);
    BOOST_TEST(read_attempt_key(old[0]).value().to.group == "old");
    const auto bytes = attempt_key(attempt_at(noon)).size() + encode(attempt_at(noon)).size();
    const auto beyond = attempts_to_forget(store, noon, Bytes{2 * bytes}).value();  // room for two of four
    BOOST_REQUIRE(beyond.size() == 2U);
    BOOST_TEST(read_attempt_key(beyond[0]).value().number == 2U);
    BOOST_TEST(read_attempt_key(beyond[1]).value().to.group == "old");
}

BOOST_AUTO_TEST_CASE(those_of_an_alert_are_listed_by_time_and_damaged_rows_are_named) {
    put(attempt_at(noon, 2, "b"));
    put(attempt_at(noon - 1s, 1, "z"));
    auto other = attempt_at(noon, 3, "other");
    other.alerts[0].alert_id = "00000000000000bb";
    put(other);
    put(attempt_key(attempt_at(noon, 9, "hurt")), "junk");
    put("ajunk", "");
    const auto log = attempts_for(store, "00000000000000aa").value();
    BOOST_REQUIRE(log.attempts.size() == 2U);
    BOOST_TEST(log.attempts[0].to.group == "z");
    BOOST_TEST(log.attempts[1].to.group == "b");
    BOOST_REQUIRE(log.damaged.size() == 2U);
    BOOST_TEST(log.damaged[0] ==
               "attempt at 2026-11-27T12:00:00.000Z to tell 'hook' of group hurt: the row of 4 bytes is not readable "
               "(version 106)");  // 'j'
    BOOST_TEST(log.damaged[1] == "outbox: the key of an attempt to tell a receiver is not readable");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify

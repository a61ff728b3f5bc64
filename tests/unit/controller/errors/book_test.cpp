// Counting, and who decided what.
#include "controller/errors/book.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"

namespace vigie::controller::errors {
namespace {

const std::string fingerprint = "5c51fa0f8d4e2b7a";

struct Book {
    MemoryStore store;
    WallTime now = wall_from_unix_ms(1'800'000'000'000);

    static protocol::LogErrors told(uint64_t count, WallTime first, WallTime last) {
        protocol::LogErrors errors;
        errors.fingerprint = fingerprint;
        errors.file = "/var/log/app.log";
        errors.count = count;
        errors.first_seen_unix_ms = unix_ms(first);
        errors.last_seen_unix_ms = unix_ms(last);
        errors.message = "no such user";
        errors.stack = "at f";
        return errors;
    }
    Noted note(const protocol::LogErrors& errors, const std::string& host = "web-1") {
        StoreBatch batch;
        const auto step = note_errors(store, AgentId{host}, errors, now, batch);
        BOOST_REQUIRE_MESSAGE(step, (step ? "" : step.error().message));
        BOOST_REQUIRE(store.commit(batch));
        return step->noted;
    }
    Noted note(uint64_t count = 1, const std::string& host = "web-1") { return note(told(count, now, now), host); }
    Result<ErrorGroup> decide(State state) {
        StoreBatch batch;
        auto group = set_state(store, fingerprint, state, "anna", now, batch);
        BOOST_REQUIRE(store.commit(batch));
        return group;
    }
    ErrorGroup group() const { return find_group(store, fingerprint).value().value(); }
    void prune() {
        StoreBatch batch;
        BOOST_REQUIRE(prune_errors(store, now, batch));
        BOOST_REQUIRE(store.commit(batch));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(errors_book, Book)

BOOST_AUTO_TEST_CASE(the_first_of_a_kind_is_new_and_others_are_counted) {
    const auto first = now;
    BOOST_TEST((note(1) == Noted::fresh));
    now += 1min;
    BOOST_TEST((note(9'999) == Noted::known));
    BOOST_TEST((note(5, "web-2") == Noted::known));
    const auto found = group();
    BOOST_TEST(found.count == 10'005u);
    BOOST_TEST(found.hosts == 2u);
    BOOST_TEST((found.first_seen == first && found.last_seen == now));
    BOOST_TEST(found.host == "web-2");
    BOOST_TEST(find_sample(store, fingerprint).value()->stack == "at f");
    const auto hosts = hosts_of(store, fingerprint).value();
    BOOST_REQUIRE(hosts.size() == 2u);
    BOOST_TEST(hosts[0].first == "web-1");
    BOOST_TEST(hosts[0].second.count == 10'000u);
}

BOOST_AUTO_TEST_CASE(several_in_one_batch_add_up) {
    StoreBatch batch;
    BOOST_REQUIRE(note_errors(store, AgentId{"web-1"}, told(2, now, now), now, batch));
    const auto second = note_errors(store, AgentId{"web-1"}, told(3, now, now), now, batch);
    BOOST_REQUIRE(second);
    BOOST_TEST((second->noted == Noted::known));
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST(group().count == 5u);
    BOOST_TEST(group().hosts == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_resolved_and_comes_again_is_new_again) {
    note();
    now += 1min;
    BOOST_TEST((decide(State::resolved)->state == State::resolved));
    // From before it was resolved, but heard of later.
    BOOST_TEST((note(told(1, now - 30s, now - 30s)) == Noted::known));
    BOOST_TEST((group().state == State::resolved));
    now += 1min;
    BOOST_TEST((note() == Noted::reopened));
    BOOST_TEST((group().state == State::fresh));
    BOOST_TEST(group().reopened == 1u);
    BOOST_TEST(group().changed_by == "");
    BOOST_TEST((note() == Noted::known));
}

BOOST_AUTO_TEST_CASE(what_is_ignored_stays_so) {
    note();
    now += 1min;
    BOOST_REQUIRE(decide(State::ignored));
    now += 1min;
    BOOST_TEST((note() == Noted::known));
    BOOST_TEST((group().state == State::ignored));
    BOOST_TEST(group().changed_by == "anna");
    BOOST_TEST(group().count == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_decided_twice_or_of_nothing_is_refused) {
    BOOST_TEST((decide(State::resolved).error().code == ErrorCode::not_found));
    note();
    BOOST_REQUIRE(decide(State::ignored));
    BOOST_TEST((decide(State::ignored).error().code == ErrorCode::conflict));
    BOOST_TEST(decide(State::resolved).has_value());
}

BOOST_AUTO_TEST_CASE(a_hosts_clock_may_be_anything) {
    BOOST_TEST((note(told(1, now + 24h, now + 48h)) == Noted::fresh));
    BOOST_TEST((group().first_seen == now && group().last_seen == now));
    BOOST_TEST((note(told(1, wall_from_unix_ms(INT64_MIN), wall_from_unix_ms(0))) == Noted::known));
    BOOST_TEST((group().first_seen == now - kept_for && group().last_seen == now));
}

BOOST_AUTO_TEST_CASE(without_a_fingerprint_it_is_refused) {
    auto errors = told(1, now, now);
    for (const auto* text : {"", "5c51fa0f8d4e2b7", "5C51FA0F8D4E2B7A", "5c51fa0f8d4e2b7aa"}) {
        errors.fingerprint = text;
        StoreBatch batch;
        BOOST_TEST((note_errors(store, AgentId{"web-1"}, errors, now, batch).error().code == ErrorCode::malformed));
        BOOST_TEST(batch.is_empty());
    }
}

BOOST_AUTO_TEST_CASE(there_are_so_many_and_no_more) {
    StoreBatch batch;
    batch.put(Family::errors, count_key(), encode_count(groups_max));
    BOOST_REQUIRE(store.commit(batch));
    BOOST_TEST((note() == Noted::no_room));
    BOOST_TEST(!find_group(store, fingerprint).value());
}

BOOST_AUTO_TEST_CASE(what_came_long_ago_for_the_last_time_is_forgotten) {
    note();
    now += kept_for;
    prune();
    BOOST_TEST(find_group(store, fingerprint).value().has_value());
    now += 1ms;
    prune();
    BOOST_TEST(!find_group(store, fingerprint).value());
    BOOST_TEST(!find_sample(store, fingerprint).value());
    BOOST_TEST(hosts_of(store, fingerprint)->empty());
    BOOST_TEST(decode_count(store.get(Family::errors, count_key()).value().value()).value() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller::errors

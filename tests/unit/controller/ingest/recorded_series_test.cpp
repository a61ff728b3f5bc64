#include "controller/ingest/recorded_series.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"

namespace vigie::controller {
namespace {

const AgentId owner{"\x1frule"};
using Samples = std::vector<std::pair<LabelSet, double>>;

struct Recording {
    MemoryStore store;
    RecordedSeries recorded{store};
    uint64_t next_id = 5;

    std::vector<uint64_t> resolve(const Samples& samples, bool is_stored = true) {
        StoreBatch batch;
        const auto ids = recorded.resolve(owner, samples, next_id, batch).value();
        if (is_stored) {
            BOOST_REQUIRE(store.commit(batch).has_value());
        }
        recorded.on_committed(is_stored);
        return ids;
    }
};

const LabelSet one{{"__name__", "a:b"}, {"x", "1"}};
const LabelSet two{{"__name__", "a:b"}, {"x", "2"}};

BOOST_FIXTURE_TEST_SUITE(recorded_series, Recording)

BOOST_AUTO_TEST_CASE(a_label_set_keeps_its_number_and_its_row_names_the_owner) {
    BOOST_TEST((resolve({{one, 1}, {two, 2}}) == std::vector<uint64_t>{5, 6}));
    BOOST_TEST((resolve({{two, 3}}) == std::vector<uint64_t>{6}));
    const auto row = read_series_row(store.get(Family::series, keys::series(6)).value().value()).value();
    BOOST_TEST((row.labels == two));
    BOOST_TEST(row.owner == owner.value);
    RecordedSeries again(store);  // after a restart
    StoreBatch batch;
    BOOST_TEST((again.resolve(owner, Samples{{one, 1}}, next_id, batch).value() == std::vector<uint64_t>{5}));
    BOOST_TEST(batch.is_empty());
}

BOOST_AUTO_TEST_CASE(all_owners_together_have_a_cap_and_what_is_stored_counts) {
    resolve({{one, 1}});
    RecordedSeries capped(store, {.of_owner = 10, .in_all = 2});
    BOOST_REQUIRE(capped.load());
    BOOST_TEST(capped.count() == 1U);
    const AgentId other{"\x1fother"};
    const LabelSet three{{"__name__", "c"}};
    StoreBatch batch;
    const auto refused = capped.resolve(other, Samples{{two, 1}, {three, 1}}, next_id, batch);
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == ErrorCode::too_large));
    BOOST_TEST(refused.error().message.find("all rules together") != std::string::npos);
    BOOST_TEST(batch.is_empty());
    BOOST_TEST(capped.resolve(other, Samples{{two, 1}}, next_id, batch).has_value());
    BOOST_TEST(capped.count() == 2U);
    BOOST_TEST(!capped.resolve(other, Samples{{three, 1}}, next_id, batch).has_value());
    BOOST_TEST(capped.resolve(owner, Samples{{one, 2}}, next_id, batch).has_value());  // nothing new
    capped.on_committed(false);
    BOOST_TEST(capped.count() == 1U);
    BOOST_TEST(capped.resolve(other, Samples{{three, 1}}, next_id, batch).has_value());
    capped.undo_to(0);
    BOOST_TEST(capped.count() == 1U);
}

BOOST_AUTO_TEST_CASE(what_an_owner_recorded_before_is_known_whatever_the_cap) {
    resolve({{one, 1}});
    RecordedSeries capped(store, {.of_owner = 10, .in_all = 1});
    BOOST_REQUIRE(capped.load());
    BOOST_TEST((capped.known_of(owner, Samples{{two, 1}, {one, 2}}).value() == Samples{{one, 2}}));
    BOOST_TEST(capped.known_of(AgentId{"\x1fother"}, Samples{{one, 2}}).value().empty());
}

// A host's series are another matter.
BOOST_AUTO_TEST_CASE(series_of_hosts_do_not_count) {
    StoreBatch batch;
    batch.put(Family::sidx, keys::own_series(AgentId{"web-1"}, "a"), keys::number(1));
    BOOST_REQUIRE(store.commit(batch).has_value());
    BOOST_REQUIRE(recorded.load());
    BOOST_TEST(recorded.count() == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_not_stored_is_forgotten) {
    BOOST_TEST((resolve({{one, 1}}, false) == std::vector<uint64_t>{5}));
    BOOST_TEST((resolve({{one, 1}}) == std::vector<uint64_t>{6}));
    BOOST_TEST(store.get(Family::series, keys::series(6)).value().has_value());
}

// Two owners in one batch, of which the second is taken out again.
BOOST_AUTO_TEST_CASE(what_was_taken_out_of_a_batch_is_forgotten_and_what_stays_in_it_is_not) {
    StoreBatch batch;
    BOOST_TEST((recorded.resolve(owner, Samples{{one, 1}}, next_id, batch).value() == std::vector<uint64_t>{5}));
    const auto before = batch.changes().size();
    const auto added = recorded.added();
    const AgentId other{"\x1fother"};
    BOOST_TEST((recorded.resolve(other, Samples{{two, 1}}, next_id, batch).value() == std::vector<uint64_t>{6}));
    batch.truncate(before);
    recorded.undo_to(added);
    BOOST_TEST((recorded.resolve(owner, Samples{{one, 2}}, next_id, batch).value() == std::vector<uint64_t>{5}));
    BOOST_TEST((recorded.resolve(other, Samples{{two, 2}}, next_id, batch).value() == std::vector<uint64_t>{7}));
    BOOST_REQUIRE(store.commit(batch).has_value());
    recorded.on_committed(true);
    BOOST_TEST(recorded.added() == 0U);
    BOOST_TEST((resolve({{one, 3}}) == std::vector<uint64_t>{5}));
}

BOOST_AUTO_TEST_CASE(the_same_labels_of_another_owner_are_another_series) {
    resolve({{one, 1}});
    StoreBatch batch;
    BOOST_TEST((recorded.resolve(AgentId{"\x1fother"}, Samples{{one, 1}}, next_id, batch).value() ==
                std::vector<uint64_t>{6}));
}

BOOST_AUTO_TEST_CASE(a_rule_that_would_record_too_many_series_records_none_of_the_new_ones) {
    resolve({{one, 1}});
    Samples many;
    for (int i = 0; i < 100'000; ++i) {
        many.push_back({{{"__name__", "a:b"}, {"y", std::to_string(i)}}, 1});
    }
    StoreBatch batch;
    const auto refused = recorded.resolve(owner, many, next_id, batch);
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == ErrorCode::too_large));
    BOOST_TEST(batch.is_empty());
    BOOST_TEST(next_id == 6U);
    BOOST_TEST((resolve({{one, 2}, {two, 1}}) == std::vector<uint64_t>{5, 6}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller

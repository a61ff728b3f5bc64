// A snapshot sees one moment, and its cursor what a map's iterators would.
#include <random>
#include <set>

#include <boost/test/unit_test.hpp>

#include "controller/store/faulty_store.hpp"
#include "controller/store/in_memory.hpp"
#include "controller/store/memory_store.hpp"
#include "controller/store/rocks_store.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

void put(StateStore& store, const std::string& key, const std::string& value) {
    StoreBatch batch;
    batch.put(Family::head, key, value);
    BOOST_REQUIRE(store.commit(batch));
}

void see_one_moment(StateStore& store) {
    put(store, "a", "old");
    put(store, "b", "old");
    const auto snapshot = store.snapshot();
    const auto early = snapshot->cursor(Family::head);
    put(store, "a", "new");
    put(store, "c", "new");
    StoreBatch batch;
    batch.erase_range(Family::head, "b", "bb");
    BOOST_REQUIRE(store.commit(batch));
    const auto late = snapshot->cursor(Family::head);
    for (auto* cursor : {early.get(), late.get()}) {
        BOOST_REQUIRE(cursor->seek(""));
        BOOST_TEST((cursor->key() == "a" && cursor->value() == "old"));
        BOOST_REQUIRE(cursor->next());
        BOOST_TEST(cursor->key() == "b");
        BOOST_TEST(!cursor->next());
    }
    BOOST_TEST(snapshot->get(Family::head, "b").value().value() == "old");
    BOOST_TEST(!snapshot->get(Family::head, "c").value().has_value());
    size_t rows = 0;
    BOOST_REQUIRE(snapshot->scan(Family::head, "", "", [&rows](auto, auto) { return ++rows > 0; }));
    BOOST_REQUIRE(snapshot->scan_back(Family::head, "", "", [&rows](auto, auto) { return ++rows > 0; }));
    BOOST_TEST(rows == 4u);
    BOOST_TEST(store.get(Family::head, "a").value().value() == "new");
}

void move_as_a_set_does(const StoreCursor& made, StoreCursor& cursor, const std::set<std::string>& keys) {
    BOOST_TEST(!made.is_at_row());
    std::mt19937 engine(5);
    for (int i = 0; i < 400; ++i) {
        const auto key = std::string(1 + engine() % 2, static_cast<char>('a' + engine() % 26));
        if (engine() % 2 == 0) {
            const auto wanted = keys.lower_bound(key);
            BOOST_REQUIRE(cursor.seek(key) == (wanted != keys.end()));
            BOOST_TEST((wanted == keys.end() || cursor.key() == *wanted));
            if (wanted != keys.end()) {
                const auto after = std::next(wanted);
                BOOST_REQUIRE(cursor.next() == (after != keys.end()));
                BOOST_TEST((after == keys.end() || cursor.key() == *after));
            }
        } else {
            const auto after = keys.upper_bound(key);
            BOOST_REQUIRE(cursor.seek_back(key) == (after != keys.begin()));
            BOOST_TEST((after == keys.begin() || cursor.key() == *std::prev(after)));
        }
        BOOST_TEST(cursor.status().has_value());
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshot)

BOOST_AUTO_TEST_CASE(what_is_committed_later_is_not_seen) {
    MemoryStore memory;
    see_one_moment(memory);
    tests::TempFolder folder;
    see_one_moment(**RocksStore::open(folder.path()));
}

BOOST_AUTO_TEST_CASE(cursors_of_all_stores_move_alike) {
    tests::TempFolder folder;
    const auto rocks = std::move(*RocksStore::open(folder.path()));
    MemoryStore memory;
    const FaultyStore passing(memory);
    std::set<std::string> keys;
    std::mt19937 engine(4);
    for (int i = 0; i < 60; ++i) {
        const auto key = std::string(1 + engine() % 2, static_cast<char>('b' + engine() % 23));
        keys.insert(key);
        put(*rocks, key, "x");
        put(memory, key, "x");
    }
    for (const StateStore* store : std::initializer_list<const StateStore*>{rocks.get(), &memory, &passing}) {
        const auto snapshot = store->snapshot();
        const auto cursor = snapshot->cursor(Family::head);
        move_as_a_set_does(*snapshot->cursor(Family::head), *cursor, keys);
    }
}

BOOST_AUTO_TEST_CASE(a_failing_read_is_told_by_the_cursor) {
    MemoryStore memory;
    put(memory, "a", "x");
    FaultyStore faulty(memory);
    faulty.fail_reads_with = Error{ErrorCode::io, "injected"};
    const auto snapshot = faulty.snapshot();
    const auto cursor = snapshot->cursor(Family::head);
    BOOST_TEST(!cursor->seek(""));
    BOOST_TEST((cursor->status().error().code == ErrorCode::io));
}

BOOST_AUTO_TEST_CASE(who_may_not_wait_for_the_disk_is_told_what_is_not_in_memory) {
    const tests::TempFolder folder;
    {
        auto store = RocksStore::open(folder.path() + "/store").value();
        put(*store, "a", "1");
        BOOST_TEST(store->snapshot_in_memory()->get(Family::head, "a").value().value() == "1");  // not written out yet
        BOOST_REQUIRE(store->merge_files());
    }
    const auto store = RocksStore::open(folder.path() + "/store").value();
    const InMemory in_memory(*store);
    BOOST_TEST(!in_memory.get(Family::head, "a").has_value());
    {
        const auto snapshot = in_memory.snapshot();
        const auto cursor = snapshot->cursor(Family::head);
        BOOST_TEST(!cursor->seek("a"));
        BOOST_TEST(!cursor->status().has_value());
        BOOST_TEST(!in_memory.scan(Family::head, "", "", [](auto, auto) { return true; }).has_value());
    }
    BOOST_TEST(store->get(Family::head, "a").value().value() == "1");
    BOOST_TEST(in_memory.get(Family::head, "a").value().value() == "1");
}

BOOST_AUTO_TEST_SUITE_END()

// RocksDB behind StateStore: the same answers as the map, one holder, no hole after damage, a full disk survived.
#include "controller/store/rocks_store.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<RocksStore> open(const std::string& folder, SpaceProbe probe = probe_disk_space) {
    auto store = RocksStore::open(folder, std::move(probe));
    BOOST_REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().message));
    return std::move(*store);
}

using Rows = std::vector<std::pair<std::string, std::string>>;
Rows rows_of(const StateStore& store, Family family, std::string_view from = "", std::string_view to = "",
             bool is_backwards = false) {
    Rows rows;
    const auto visit = [&rows](std::string_view key, std::string_view value) {
        rows.emplace_back(key, value);
        return true;
    };
    BOOST_REQUIRE(is_backwards ? store.scan_back(family, from, to, visit) : store.scan(family, from, to, visit));
    return rows;
}

// Row i and a cursor that says i, in one batch each time.
StoreBatch step(uint64_t i) {
    StoreBatch batch;
    batch.put(Family::head, keys::number(i), std::string(50, 'x'));
    batch.put(Family::cursor, "cursor", keys::number(i));
    return batch;
}

// How many steps a store holds; fails the test when cursor and rows do not agree or a row is missing in between.
uint64_t steps_in(const StateStore& store) {
    const auto cursor = store.get(Family::cursor, "cursor").value();
    const uint64_t last = cursor ? keys::read_number(*cursor).value() : 0;
    const auto rows = rows_of(store, Family::head);
    BOOST_TEST(rows.size() == last);
    for (uint64_t i = 0; i < rows.size(); ++i) {
        BOOST_TEST(rows[i].first == keys::number(i + 1));
    }
    return last;
}

fs::path newest_log(const std::string& folder) {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(folder + "/db")) {
        if (entry.path().extension() == ".log" && entry.path() > newest) {
            newest = entry.path();
        }
    }
    return newest;
}

void copy_store(const std::string& from, const std::string& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rocks_store)

BOOST_AUTO_TEST_CASE(answers_like_a_map_through_reopenings) {
    tests::TempFolder folder;
    MemoryStore model;
    std::mt19937 engine(20261125);
    const auto random_key = [&engine] { return std::string(1 + engine() % 3, static_cast<char>('a' + engine() % 6)); };
    for (int life = 0; life < 4; ++life) {
        const auto store = open(folder.path());
        for (int i = 0; i < 60; ++i) {
            StoreBatch batch;
            for (auto changes = 1 + engine() % 5; changes > 0; --changes) {
                const auto family = engine() % 2 ? Family::head : Family::events;
                switch (engine() % 6) {
                    case 0:
                        batch.erase(family, random_key());
                        break;
                    case 1:
                        batch.erase_range(family, random_key(), random_key());
                        break;
                    default:
                        batch.put(family, random_key(), std::to_string(engine()));
                }
            }
            BOOST_REQUIRE(store->commit(batch));
            BOOST_REQUIRE(model.commit(batch));
            const auto from = random_key();
            const auto to = engine() % 3 ? random_key() : std::string();
            if (to.empty() || from <= to) {
                BOOST_TEST((rows_of(*store, Family::head, from, to) == rows_of(model, Family::head, from, to)));
                BOOST_TEST(
                    (rows_of(*store, Family::head, from, to, true) == rows_of(model, Family::head, from, to, true)));
            }
            const auto key = random_key();
            BOOST_TEST((store->get(Family::events, key).value() == model.get(Family::events, key).value()));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_second_controller_is_refused_with_the_folder_named) {
    tests::TempFolder folder;
    auto first = open(folder.path());
    const auto second = RocksStore::open(folder.path());
    BOOST_REQUIRE(!second.has_value());
    BOOST_TEST((second.error().code == ErrorCode::conflict));
    BOOST_TEST(second.error().message.find(folder.path()) != std::string::npos);
    BOOST_TEST(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
    first.reset();
    open(folder.path());
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_refused) {
    tests::TempFolder folder;
    {
        StoreBatch batch;
        batch.put(Family::meta, "schema_version", keys::KeyWriter().u32(store_schema_version + 1).take());
        BOOST_REQUIRE(open(folder.path())->commit(batch));
    }
    const auto reopened = RocksStore::open(folder.path());
    BOOST_REQUIRE(!reopened.has_value());
    BOOST_TEST((reopened.error().code == ErrorCode::unsupported));
    BOOST_TEST(reopened.error().message.find(folder.path()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_store_with_the_schema_before_keeps_its_rows_and_a_copy_of_them) {
    tests::TempFolder folder;
    const auto live = folder / "live";
    {
        StoreBatch batch = step(1);
        batch.put(Family::meta, "schema_version", keys::KeyWriter().u32(1).take());
        BOOST_REQUIRE(open(live)->commit(batch));
    }
    const auto version_of = [](const StateStore& store) {
        return keys::KeyReader(store.get(Family::meta, "schema_version").value().value()).u32();
    };
    for (int i = 0; i < 2; ++i) {  // raised once
        const auto store = open(live);
        BOOST_TEST(steps_in(*store) == 1u);
        BOOST_TEST(version_of(*store) == store_schema_version);
    }
    // As the program of before would find it. (Ours would raise it again.)
    fs::create_directory(folder / "old");
    fs::rename(live + "/before-schema-2/db", folder / "old/db");
    const auto old = open(folder / "old");
    BOOST_TEST(steps_in(*old) == 1u);
    BOOST_TEST(fs::exists(folder / "old/before-schema-2/db"));
}

BOOST_AUTO_TEST_CASE(a_crash_after_any_commit_loses_nothing) {
    tests::TempFolder folder;
    const auto live = folder / "live";
    const auto crashed = folder / "crashed";
    const auto store = open(live);
    for (uint64_t i = 1; i <= 5; ++i) {
        BOOST_REQUIRE(store->commit(step(i)));
        copy_store(live, crashed);  // as kill -9 leaves it: the process never closed it
        BOOST_TEST(steps_in(*open(crashed)) == i);
    }
}

BOOST_AUTO_TEST_CASE(a_log_cut_anywhere_gives_a_prefix) {
    tests::TempFolder folder;
    const auto live = folder / "live";
    const auto cut = folder / "cut";
    const auto store = open(live);
    for (uint64_t i = 1; i <= 10; ++i) {
        BOOST_REQUIRE(store->commit(step(i)));
    }
    const auto size = fs::file_size(newest_log(live));
    uint64_t before = 10;
    for (auto end = size; end > size / 2; end -= 41) {
        copy_store(live, cut);
        fs::resize_file(newest_log(cut), end);
        const auto kept = steps_in(*open(cut));
        BOOST_TEST(kept <= before);
        BOOST_TEST(kept + 1 >= before);  // 41 bytes are less than one record
        before = kept;
    }
    BOOST_TEST(before < 10u);
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_loses_at_most_what_follows_it_and_is_reported) {
    tests::TempFolder folder;
    const auto live = folder / "live";
    const auto damaged = folder / "damaged";
    const auto store = open(live);
    for (uint64_t i = 1; i <= 10; ++i) {
        BOOST_REQUIRE(store->commit(step(i)));
    }
    copy_store(live, damaged);
    const auto path = newest_log(damaged);
    const auto at = static_cast<std::streamoff>(fs::file_size(path)) - 20;  // inside the last record
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(at);
        const char byte = static_cast<char>(file.get() ^ 0x20);
        file.seekp(at);
        file.put(byte);
    }
    const auto reopened = open(damaged);
    BOOST_TEST(steps_in(*reopened) == 9u);
    BOOST_REQUIRE(!reopened->recovery_notes().empty());
    BOOST_TEST(reopened->recovery_notes().front().find(path.filename().string()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_opens_by_itself) {
    tests::TempFolder folder;
    const auto store = open(folder / "live");
    BOOST_REQUIRE(store->commit(step(1)));
    BOOST_REQUIRE(store->checkpoint(folder / "copy"));
    BOOST_REQUIRE(store->commit(step(2)));
    BOOST_TEST(steps_in(*open(folder / "copy")) == 1u);
    BOOST_TEST((store->checkpoint(folder / "copy").error().code == ErrorCode::exists));
}

BOOST_AUTO_TEST_CASE(refuses_writes_but_reads_while_the_disk_is_said_to_be_full) {
    tests::TempFolder folder;
    DiskSpace space{.capacity = 1024_MiB, .available = 512_MiB};
    const auto store = open(folder.path(), [&space](const std::string&) { return Result<DiskSpace>(space); });
    const auto ballast = folder / "ballast";
    BOOST_TEST(fs::file_size(ballast) == ballast_bytes_max.count);
    BOOST_REQUIRE(store->commit(step(1)));

    space.available = 10_MiB;
    const auto refused = store->commit(step(2));
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == ErrorCode::no_space));
    BOOST_TEST(store->is_full());
    BOOST_TEST(!fs::exists(ballast));
    BOOST_TEST(steps_in(*store) == 1u);

    space.available = 100_MiB;  // less than the ballast and twice the reserve: 192 MiB
    BOOST_TEST(!store->commit(step(2)).has_value());
    space.available = 200_MiB;
    BOOST_REQUIRE(store->commit(step(2)));
    BOOST_TEST(fs::exists(ballast));
    BOOST_TEST(!store->is_full());
    BOOST_TEST(steps_in(*store) == 2u);
}

// As after a start on a disk that was full a moment before: what freed the ballast is not known any more.
BOOST_AUTO_TEST_CASE(a_store_that_began_without_a_ballast_makes_one_when_there_is_room) {
    tests::TempFolder folder;
    DiskSpace space{.capacity = 1024_MiB, .available = 100_MiB};
    const auto store = open(folder.path(), [&space](const std::string&) { return Result<DiskSpace>(space); });
    const auto ballast = folder / "ballast";
    BOOST_REQUIRE(store->commit(step(1)));
    BOOST_TEST(!fs::exists(ballast));
    space.available = 200_MiB;
    BOOST_REQUIRE(store->commit(step(2)));
    BOOST_TEST(fs::file_size(ballast) == ballast_bytes_max.count);
}

BOOST_AUTO_TEST_SUITE_END()

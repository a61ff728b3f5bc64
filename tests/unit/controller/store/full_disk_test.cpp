// A file system of 32 MiB of our own, filled for real. Needs the right to mount: without it the case fails.
#include <sys/mount.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <random>

#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/rocks_store.hpp"
#include "shared/os/clock.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

struct SmallDisk {
    tests::TempFolder folder;
    bool is_mounted = ::mount("vigie-test", folder.path().c_str(), "tmpfs", 0, "size=32m") == 0;
    std::string problem = is_mounted ? "" : std::strerror(errno);
    ~SmallDisk() {
        if (is_mounted) {
            ::umount2(folder.path().c_str(), MNT_DETACH);
        }
    }
};

StoreBatch step(uint64_t i, std::mt19937_64& engine) {
    std::string noise(64 << 10, '\0');  // does not compress
    for (auto& byte : noise) {
        byte = static_cast<char>(engine());
    }
    StoreBatch batch;
    batch.put(Family::head, keys::number(i), noise);
    batch.put(Family::cursor, "cursor", keys::number(i));
    return batch;
}

uint64_t rows_in(const StateStore& store) {
    uint64_t rows = 0;
    BOOST_REQUIRE(store.scan(Family::head, "", "", [&rows](auto, auto) { return ++rows > 0; }));
    return rows;
}

// Commits until the disk is full; the number of the last step stored.
uint64_t fill(StateStore& store, uint64_t from, std::mt19937_64& engine) {
    for (uint64_t i = from;; ++i) {
        BOOST_REQUIRE(i < 5000u);
        const auto stored = store.commit(step(i, engine));
        if (!stored) {
            BOOST_TEST((stored.error().code == ErrorCode::no_space));
            return i - 1;
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(full_disk)

BOOST_AUTO_TEST_CASE(reads_go_on_and_writes_resume_when_space_is_back) {
    SmallDisk disk;
    BOOST_REQUIRE_MESSAGE(disk.is_mounted, "can't mount a tmpfs: " << disk.problem << "; run the tests as root");
    std::mt19937_64 engine(1);
    const auto other_file = disk.folder / "other";
    std::ofstream(other_file) << std::string(6 << 20, 'o');
    auto store = RocksStore::open(disk.folder / "state");
    BOOST_REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().message));

    const auto last = fill(**store, 1, engine);
    BOOST_TEST(last > 50u);
    BOOST_TEST((*store)->is_full());
    BOOST_TEST(rows_in(**store) == last);
    BOOST_TEST(!(*store)->commit(step(last + 1, engine)).has_value());

    ::unlink(other_file.c_str());
    uint64_t next = last + 1;
    Result<void> resumed = fail(ErrorCode::no_space, "not tried");
    const SystemClock clock;
    for (const auto deadline = clock.mono() + 30s; !resumed && clock.mono() < deadline;) {
        resumed = (*store)->commit(step(next, engine));  // RocksDB's background work ends in its own time
    }
    BOOST_REQUIRE_MESSAGE(resumed.has_value(), (resumed ? "" : resumed.error().message));
    BOOST_TEST(rows_in(**store) == next);

    // Full again, closed and opened while full: nothing stored is lost.
    next = fill(**store, next + 1, engine);
    store->reset();
    store = RocksStore::open(disk.folder / "state");
    BOOST_REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().message));
    BOOST_TEST(rows_in(**store) == next);
    BOOST_TEST(keys::read_number((*store)->get(Family::cursor, "cursor").value().value()).value() == next);
}

BOOST_AUTO_TEST_SUITE_END()

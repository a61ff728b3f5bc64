// File systems of which one never answers.
#include "agent/collect/mount_prober.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <latch>

namespace vigie::agent {
namespace {

// "/dead" hangs until the test ends, "/broken" fails. Lives until the hanging call has come back.
class FakeReader final : public FileSystemReader {
  public:
    Result<FileSystemReading> read(const std::string& path) override {
        if (path.starts_with("/dead")) {
            ++hanging;
            release.wait();
            --hanging;
            hanging.notify_all();
        }
        if (path == "/broken") {
            return fail(ErrorCode::io, "stale");
        }
        return FileSystemReading{.block_bytes = 4096, .blocks = 100, .blocks_free = 50, .blocks_available = 40};
    }
    ~FakeReader() override {
        release.count_down();
        for (auto left = hanging.load(); left != 0; left = hanging.load()) {
            hanging.wait(left);
        }
    }
    std::latch release{1};
    std::atomic<int> hanging = 0;
};

constexpr MonoTime start{1h};
// A busy machine may take long to run a worker; the waits end as soon as the answers are there.
constexpr ProbeWaits unhurried{.longest = 30s, .patience = 500ms};

}  // namespace

BOOST_AUTO_TEST_SUITE(mount_prober)

BOOST_AUTO_TEST_CASE(answers_and_failures_are_told_apart) {
    FakeReader reader;
    MountProber prober(reader, unhurried);
    const auto outcomes = prober.probe({"/", "/broken"}, start);
    BOOST_REQUIRE(outcomes.size() == 2u);
    BOOST_TEST(outcomes[0].value().blocks_available == 40u);
    BOOST_TEST(!outcomes[1].has_value());
}

BOOST_AUTO_TEST_CASE(one_dead_mount_of_three_holds_one_worker_and_no_other_mount_for_1000_cycles) {
    FakeReader reader;
    MountProber prober(reader, unhurried);
    for (int cycle = 0; cycle < 1000; ++cycle) {
        const auto outcomes = prober.probe({"/dead", "/", "/home"}, start + cycle * 10s);
        BOOST_REQUIRE(!outcomes[0].has_value());
        BOOST_REQUIRE(outcomes[1].has_value());
        BOOST_REQUIRE(outcomes[2].has_value());
        BOOST_REQUIRE(reader.hanging <= 1);
    }
}

BOOST_AUTO_TEST_CASE(each_of_several_dead_mounts_holds_at_most_one_worker) {
    FakeReader reader;
    MountProber prober(reader, unhurried);
    for (int cycle = 0; cycle < 50; ++cycle) {
        const auto outcomes = prober.probe({"/dead1", "/dead2", "/dead3", "/"}, start + cycle * 10s);
        BOOST_REQUIRE(reader.hanging <= 3);
        BOOST_REQUIRE((cycle == 0 || outcomes[3].has_value()));
    }
}

BOOST_AUTO_TEST_CASE(a_system_call_reads_the_root) {
    SystemFileSystemReader reader;
    const auto reading = reader.read("/");
    BOOST_REQUIRE(reading);
    BOOST_TEST(reading->blocks > 0u);
    BOOST_TEST((reader.read("/no/such/place").error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent

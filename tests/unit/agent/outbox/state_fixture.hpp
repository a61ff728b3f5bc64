// An agent's state in a folder of the test's own, opened and opened again.
#pragma once
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "agent/outbox/agent_state.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::tests {

struct StateFixture {
    TempFolder folder;
    std::string path = folder / "state.db";
    SeededRandom random{7};
    ManualClock clock;
    agent::AgentStateOptions options;
    std::unique_ptr<agent::AgentState> state;

    // Entry bytes of a report that a test can read.
    static std::string encode(const protocol::RunReport& report) {
        return fmt::format("{}#{} {} {}", report.run_id, report.fence, static_cast<int>(report.state), report.message);
    }
    Result<std::unique_ptr<agent::AgentState>> try_open(const std::string& at) {
        return agent::AgentState::open(at, options, random, clock, encode);
    }
    void open() {
        auto opened = try_open(path);
        BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
        state = std::move(*opened);
    }
    void reopen() {
        state.reset();
        open();
    }
    agent::Outbox& outbox() { return state->outbox(); }
    agent::RunLedger& runs() { return state->runs(); }

    uint64_t append(protocol::Stream stream, std::string_view bytes,
                    agent::Durability durability = agent::Durability::synced) {
        const auto seq = outbox().append(stream, bytes, durability);
        BOOST_REQUIRE_MESSAGE(seq, (seq ? "" : seq.error().message));
        return *seq;
    }
    void ack(protocol::Stream stream, uint64_t seq) {
        const auto done = outbox().acked(stream, outbox().state(stream).incarnation, seq);
        BOOST_REQUIRE_MESSAGE(done, (done ? "" : done.error().message));
    }
    uintmax_t file_bytes() const { return std::filesystem::file_size(path); }
    uintmax_t log_bytes() const {
        std::error_code absent;
        const auto size = std::filesystem::file_size(path + "-wal", absent);
        return absent ? 0 : size;
    }
    // What a machine finds after its power went: the files as they are now, the log cut to `log_bytes`.
    std::string crash_copy(const std::string& name, uintmax_t log_bytes) {
        const auto copy = folder / name;
        std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
        std::filesystem::remove(copy + "-wal");
        if (std::filesystem::exists(path + "-wal")) {
            std::filesystem::copy_file(path + "-wal", copy + "-wal");
            std::filesystem::resize_file(copy + "-wal", std::min(log_bytes, std::filesystem::file_size(copy + "-wal")));
        }
        return copy;
    }
};

}  // namespace vigie::tests

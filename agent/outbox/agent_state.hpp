// The agent's durable state: one SQLite file with the outbox and the ledger of runs. Loop thread only.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/outbox/outbox.hpp"
#include "agent/outbox/run_ledger.hpp"
#include "protocol/messages/messages.hpp"
#include "shared/core/error.hpp"
#include "shared/core/units.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/random.hpp"

namespace vigie::agent {

class Database;

struct AgentStateOptions {
    Bytes file_max = 64_MiB;            // of the database file; its write-ahead log beside it stays near 1 MiB
    OutboxLimits outbox;                // entries must fit into the file with room for the ledger and for pages' slack
    uint32_t finished_runs_max = 4096;  // newest kept, so that a repeated START finds its record; about 1 MiB
    std::string sqlite_vfs;             // "" is SQLite's own; tests give one that fails
};

// Makes the entry bytes of a report, as protocol/codec's encode_entry does.
using EncodeReport = std::function<std::string(const protocol::RunReport&)>;

// Something that happened to the file, for operators: it goes to the controller as an event.
struct StateNotice {
    WallTime at;
    bool is_loss = true;  // false: nothing is lost
    std::string message;
};

class AgentState {
  public:
    // Creates the file (mode 0600) when there is none; its folder must exist. A corrupt file is renamed to
    // <path>.corrupt with a line in the log, and a new one begins. unsupported: the file is of a newer version, or is
    // not ours; conflict: another process holds it.
    // <path>.mark beside it says that there has been a file and whether it was closed in order, so that one that was
    // removed, or that lost its write-ahead log, while no agent ran leaves a notice.
    static Result<std::unique_ptr<AgentState>> open(const std::string& path, const AgentStateOptions& options,
                                                    Random& random, Clock& clock, EncodeReport encode);
    ~AgentState();
    AgentState(const AgentState&) = delete;
    AgentState& operator=(const AgentState&) = delete;

    Outbox& outbox() { return *outbox_; }
    RunLedger& runs() { return *runs_; }
    // When a corrupt file was put aside last.
    std::optional<WallTime> quarantined_at() const { return quarantined_at_; }
    // What happened since the last call, oldest first.
    std::vector<StateNotice> take_notices() { return std::exchange(notices_, {}); }

    // To be called now and then, cheap: two stats. When the file or its write-ahead log was removed or replaced, writes
    // it anew from what is still open, under the same numbers; nothing is lost then. An error: it could not be written
    // (a full disk); what is open goes on working, and the next call tries again. corrupt: see replace_damaged.
    Result<void> check_files();
    // After any call failed with corrupt: puts the file aside and begins a new one with new incarnations. An error
    // leaves the state without a file: the agent must end.
    Result<void> replace_damaged(const Error& why);

  private:
    // Which file a path led to; nullopt when none.
    using FileId = std::optional<std::pair<uint64_t, uint64_t>>;
    enum class Opening { begins, goes_on };

    AgentState(std::string path, AgentStateOptions options, Random& random, Clock& clock, EncodeReport encode);
    Result<void> open_file(Opening opening);
    Result<void> rescue();
    void close_file();
    void look_at_mark();
    void write_mark(std::string_view state);
    void remember_files();
    std::string describe_unacked() const;
    void note(bool is_loss, std::string message);

    const std::string path_;
    const AgentStateOptions options_;
    Random& random_;
    Clock& clock_;
    const EncodeReport encode_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<Outbox> outbox_;
    std::unique_ptr<RunLedger> runs_;
    std::optional<WallTime> quarantined_at_;
    std::vector<StateNotice> notices_;
    FileId file_;
    FileId log_;
};

}  // namespace vigie::agent

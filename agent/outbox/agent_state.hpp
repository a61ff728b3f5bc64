// The agent's durable state: one SQLite file with the outbox and the ledger of runs. Loop thread only.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

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

class AgentState {
  public:
    // Creates the file (mode 0600) when there is none; its folder must exist. A corrupt file is renamed to
    // <path>.corrupt with a line in the log, and a new one begins. unsupported: the file is of a newer version, or is
    // not ours; conflict: another process holds it.
    static Result<std::unique_ptr<AgentState>> open(const std::string& path, const AgentStateOptions& options,
                                                    Random& random, Clock& clock, EncodeReport encode);
    ~AgentState();
    AgentState(const AgentState&) = delete;
    AgentState& operator=(const AgentState&) = delete;

    Outbox& outbox() { return *outbox_; }
    RunLedger& runs() { return *runs_; }
    // When this open() put a corrupt file aside.
    std::optional<WallTime> quarantined_at() const { return quarantined_at_; }

  private:
    AgentState() = default;
    static Result<std::unique_ptr<AgentState>> open_once(const std::string& path, const AgentStateOptions& options,
                                                         Random& random, const EncodeReport& encode);
    std::unique_ptr<Database> database_;
    std::unique_ptr<Outbox> outbox_;
    std::unique_ptr<RunLedger> runs_;
    std::optional<WallTime> quarantined_at_;
};

}  // namespace vigie::agent

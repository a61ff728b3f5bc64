// The snapshots that hosts have reported: rows of Family::backups, by the run that took them.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>

#include "controller/store/state_store.hpp"
#include "protocol/messages/messages.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

struct Snapshot {
    std::string run;
    AgentId agent;
    std::string job;
    std::string id;     // restic's: 64 hex digits
    std::string state;  // succeeded, partial
    WallTime taken_at{};
    uint64_t files = 0;
    uint64_t bytes = 0;
    uint64_t bytes_added = 0;
};

// Nothing when the report is not the end of a run that left a snapshot.
std::optional<Snapshot> snapshot_of(const AgentId& agent, const protocol::RunReport& report);
void put_snapshot(const Snapshot& snapshot, StoreBatch& batch);
// The newest first, of one host unless `host` is empty. Any thread.
Result<std::vector<Snapshot>> list_snapshots(const StateStore& store, const std::string& host, size_t count_max);

}  // namespace vigie::controller

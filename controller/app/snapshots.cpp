// JSON rows: they are few, read by people, and gain fields.
#include "controller/app/snapshots.hpp"

#include "controller/jobs/job_run.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {

using Json = nlohmann::json;

uint64_t number_of(const Json& row, const char* field) {
    const auto found = row.find(field);
    return found != row.end() && found->is_number_integer() && *found >= 0 ? found->get<uint64_t>() : 0;
}

std::string text_of(const Json& row, const char* field) {
    const auto found = row.find(field);
    return found != row.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool is_snapshot_id(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

Result<Snapshot> read_snapshot(std::string_view key, std::string_view bytes) {
    const auto row = Json::parse(bytes, nullptr, false);
    if (!row.is_object()) {
        return fail(ErrorCode::corrupt, "store: the snapshot of run {} is damaged", key);
    }
    return Snapshot{.run = std::string(key),
                    .agent = AgentId{text_of(row, "host")},
                    .job = text_of(row, "job"),
                    .id = text_of(row, "id"),
                    .state = text_of(row, "state"),
                    .taken_at = wall_from_unix_ms(static_cast<int64_t>(number_of(row, "taken_at_unix_ms"))),
                    .files = number_of(row, "files"),
                    .bytes = number_of(row, "bytes"),
                    .bytes_added = number_of(row, "bytes_added")};
}

}  // namespace

std::optional<Snapshot> snapshot_of(const AgentId& agent, const protocol::RunReport& report) {
    using protocol::RunState;
    if (report.report_json.empty() || (report.state != RunState::succeeded && report.state != RunState::partial)) {
        return std::nullopt;
    }
    const auto result = Json::parse(report.report_json, nullptr, false);
    if (!result.is_object() || !is_snapshot_id(text_of(result, "snapshot"))) {
        return std::nullopt;
    }
    return Snapshot{
        .run = report.run_id,
        .agent = agent,
        .job = report.job,
        .id = text_of(result, "snapshot"),
        .state = report.state == RunState::succeeded ? "succeeded" : "partial",
        .taken_at = wall_from_unix_ms(host_time_ms(report.ended_at_unix_ms)),
        .files =
            number_of(result, "files_new") + number_of(result, "files_changed") + number_of(result, "files_unmodified"),
        .bytes = number_of(result, "source_bytes"),
        .bytes_added = number_of(result, "added_bytes"),
    };
}

void put_snapshot(const Snapshot& snapshot, StoreBatch& batch) {
    const Json row{{"host", snapshot.agent.value},
                   {"job", snapshot.job},
                   {"id", snapshot.id},
                   {"state", snapshot.state},
                   {"taken_at_unix_ms", unix_ms(snapshot.taken_at)},
                   {"files", snapshot.files},
                   {"bytes", snapshot.bytes},
                   {"bytes_added", snapshot.bytes_added}};
    batch.put(Family::backups, snapshot.run, row.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<std::vector<Snapshot>> list_snapshots(const StateStore& store, const std::string& host, size_t count_max) {
    std::vector<Snapshot> found;
    Result<void> outcome;
    // A run's id begins with when it was made, so the last key is the newest.
    VIGIE_CHECK(store.scan_back(Family::backups, "", "", [&](std::string_view key, std::string_view row) {
        auto snapshot = read_snapshot(key, row);
        if (!snapshot) {
            outcome = fail(snapshot.error());
            return false;
        }
        if (host.empty() || snapshot->agent.value == host) {
            found.push_back(std::move(*snapshot));
        }
        return found.size() < count_max;
    }));
    VIGIE_CHECK(outcome);
    return found;
}

}  // namespace vigie::controller

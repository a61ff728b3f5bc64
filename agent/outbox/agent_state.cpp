// Opening the file: settings, schema, quarantine.
#include "agent/outbox/agent_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "agent/outbox/database.hpp"
#include "shared/log/log.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent {
namespace {

constexpr int64_t schema_version = 1;
constexpr int64_t application_id = 0x56494741;  // "VIGA", in the file's header: tells ours from any other SQLite file
constexpr int64_t page_bytes = 4096;

// Exclusive: no other process may write, and SQLite then needs no shared-memory file. The cache is small because rows
// are written once and read once. A checkpoint each 256 pages keeps the log near 1 MiB.
constexpr auto settings =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=256;"
    "PRAGMA journal_size_limit=1048576; PRAGMA cache_size=-256; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
    "PRAGMA cell_size_check=ON";

constexpr auto schema = R"(
CREATE TABLE stream(stream INTEGER PRIMARY KEY, incarnation INTEGER NOT NULL, next_seq INTEGER NOT NULL,
                    acked_seq INTEGER NOT NULL);
CREATE TABLE entry_results(seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE entry_metrics(seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE entry_logs(seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE run(run_id TEXT PRIMARY KEY, fence INTEGER NOT NULL, job TEXT NOT NULL, state INTEGER NOT NULL,
                 exit_code INTEGER NOT NULL, recorded_at_unix_ms INTEGER NOT NULL, started_at_unix_ms INTEGER NOT NULL,
                 ended_at_unix_ms INTEGER NOT NULL, message TEXT NOT NULL, is_tombstone INTEGER NOT NULL,
                 finish_order INTEGER) WITHOUT ROWID;
CREATE INDEX run_finish_order ON run(finish_order) WHERE finish_order IS NOT NULL;
)";

// SQLite would create the file by umask; what jobs print may be confidential.
Result<void> create_private(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    return file ? Result<void>{} : fail(errno_error(errno, "open " + path));
}

Result<void> check_integrity(Database& database, const std::string& path) {
    VIGIE_TRY(auto check, database.prepare("PRAGMA quick_check(1)"));
    VIGIE_TRY(const bool has_row, check.step());
    auto verdict = has_row ? check.text(0) : std::string("no answer");
    if (verdict != "ok") {
        std::replace(verdict.begin(), verdict.end(), '\n', ' ');
        return fail(ErrorCode::corrupt, "state file {}: {}", path, verdict);
    }
    return {};
}

// True when the file was empty and the schema has been made.
Result<bool> bring_schema(Database& database, const std::string& path) {
    VIGIE_TRY(const auto version, database.number_of("PRAGMA user_version"));
    VIGIE_TRY(const auto owner, database.number_of("PRAGMA application_id"));
    VIGIE_TRY(const auto tables, database.number_of("SELECT count(*) FROM sqlite_schema"));
    if (owner != application_id && (owner != 0 || version != 0 || tables != 0)) {
        return fail(ErrorCode::unsupported, "state file {}: an SQLite file, but not the agent's", path);
    }
    if (version > schema_version) {
        return fail(ErrorCode::unsupported,
                    "state file {}: its schema version {} is newer than this agent's {}: install the newer agent", path,
                    version, schema_version);
    }
    if (version == schema_version) {
        VIGIE_CHECK(check_integrity(database, path));
        return false;
    }
    VIGIE_CHECK(database.begin(true));
    const auto sql =
        fmt::format("{} PRAGMA application_id={}; PRAGMA user_version={}", schema, application_id, schema_version);
    if (auto made = database.execute(sql.c_str()); !made) {
        database.rollback();
        return fail(std::move(made.error()));
    }
    return true;  // the caller adds the streams and commits
}

Result<std::unique_ptr<Database>> open_database(const std::string& path, const AgentStateOptions& options) {
    VIGIE_CHECK(create_private(path));
    VIGIE_TRY(auto database, Database::open(path, options.sqlite_vfs));
    VIGIE_CHECK(database->execute(settings));
    const auto pages = static_cast<int64_t>(options.file_max.count) / page_bytes;
    VIGIE_CHECK(database->execute(fmt::format("PRAGMA max_page_count={}", pages).c_str()));
    return database;
}

// One quarantined file is kept: the last.
Result<void> put_aside(const std::string& path, const Error& why) {
    log::error(
        "{}; it is put aside as {}.corrupt and a new one begins: what it held and the controller has not is lost",
        why.message, path);
    for (const auto* suffix : {"-wal", "-journal", ""}) {
        const auto from = path + suffix;
        const auto to = path + ".corrupt" + suffix;
        if (std::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT) {
            return fail(errno_error(errno, "rename " + from));
        }
    }
    return {};
}

}  // namespace

AgentState::~AgentState() = default;

Result<std::unique_ptr<AgentState>> AgentState::open(const std::string& path, const AgentStateOptions& options,
                                                     Random& random, Clock& clock, EncodeReport encode) {
    auto opened = open_once(path, options, random, encode);
    if (opened || opened.error().code != ErrorCode::corrupt) {
        return opened;
    }
    VIGIE_CHECK(put_aside(path, opened.error()));
    VIGIE_TRY(auto state, open_once(path, options, random, encode));
    state->quarantined_at_ = clock.wall();
    return state;
}

Result<std::unique_ptr<AgentState>> AgentState::open_once(const std::string& path, const AgentStateOptions& options,
                                                          Random& random, const EncodeReport& encode) {
    std::unique_ptr<AgentState> state(new AgentState);
    VIGIE_TRY(state->database_, open_database(path, options));
    auto& database = *state->database_;
    state->outbox_.reset(new Outbox(database, options.outbox, random));
    state->runs_.reset(new RunLedger(database, *state->outbox_, encode, options.finished_runs_max));
    VIGIE_TRY(const bool is_new, bring_schema(database, path));
    if (is_new) {
        VIGIE_CHECK(state->outbox_->create_streams());
        VIGIE_CHECK(database.commit());
    }
    VIGIE_CHECK(state->outbox_->load());
    VIGIE_CHECK(state->runs_->prepare());
    return state;
}

}  // namespace vigie::agent

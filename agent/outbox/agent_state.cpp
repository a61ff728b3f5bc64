// Opening the file: settings, schema, quarantine.
#include "agent/outbox/agent_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "agent/outbox/database.hpp"
#include "shared/log/log.hpp"
#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {
namespace {

constexpr int64_t schema_version = 1;
constexpr int64_t application_id = 0x56494741;  // "VIGA", in the file's header: tells ours from any other SQLite file
constexpr int64_t page_bytes = 4096;

// Exclusive: no other process may write, and SQLite then needs no shared-memory file. The cache is small because rows
// are written once and read once. A checkpoint each 256 pages keeps the log near 1 MiB.
constexpr auto settings =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=256;"
    "PRAGMA journal_size_limit=1048576; PRAGMA cache_size=-128; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
    "PRAGMA cell_size_check=ON";

// Added after version 1 was released; an agent from before passes over it, so that one may go back to it.
constexpr auto generation_schema =
    "CREATE TABLE IF NOT EXISTS generation(stream INTEGER NOT NULL, first_seq INTEGER NOT NULL, generation INTEGER NOT "
    "NULL, PRIMARY KEY(stream, first_seq)) WITHOUT ROWID";

constexpr std::string_view mark_open = "open\n";
constexpr std::string_view mark_closed = "closed\n";
constexpr Bytes mark_bytes_max = 64_B;

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
    return sync_directory(parent_of(path));  // else a power cut may put the damaged one in the new one's place
}

std::optional<std::pair<uint64_t, uint64_t>> id_of(const std::string& path) {
    struct stat entry {};
    return stat(path.c_str(), &entry) == 0 ? std::optional<std::pair<uint64_t, uint64_t>>({entry.st_dev, entry.st_ino})
                                           : std::nullopt;
}

Result<void> sync_file(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return file && fsync(file.get()) == 0 ? Result<void>{} : fail(errno_error(errno, "sync " + path));
}

}  // namespace

AgentState::AgentState(std::string path, AgentStateOptions options, Random& random, Clock& clock, EncodeReport encode)
    : path_(std::move(path)),
      options_(std::move(options)),
      random_(random),
      clock_(clock),
      encode_(std::move(encode)) {}

// The mark says "closed" only when all has left the write-ahead log, which is removed last.
AgentState::~AgentState() {
    if (database_ && runs_ && file_ && database_->execute("PRAGMA wal_checkpoint(TRUNCATE)")) {
        write_mark(mark_closed);
    }
}

Result<std::unique_ptr<AgentState>> AgentState::open(const std::string& path, const AgentStateOptions& options,
                                                     Random& random, Clock& clock, EncodeReport encode) {
    std::unique_ptr<AgentState> state(new AgentState(path, options, random, clock, std::move(encode)));
    state->look_at_mark();
    auto opened = state->open_file(Opening::begins);
    if (!opened && opened.error().code == ErrorCode::corrupt) {
        state->close_file();
        VIGIE_CHECK(put_aside(path, opened.error()));
        state->note(true, "the outbox was corrupt and was put aside; what it held is lost");
        state->quarantined_at_ = clock.wall();
        opened = state->open_file(Opening::begins);
    }
    VIGIE_CHECK(opened);
    state->write_mark(mark_open);
    state->remember_files();
    return state;
}

Result<void> AgentState::open_file(Opening opening) {
    VIGIE_TRY(auto fresh, open_database(path_, options_));
    if (database_) {
        database_->take_over(*fresh);
    } else {
        database_ = std::move(fresh);
        outbox_.reset(new Outbox(*database_, options_.outbox, random_));
        runs_.reset(new RunLedger(*database_, *outbox_, encode_, options_.finished_runs_max));
    }
    VIGIE_TRY(const bool is_new, bring_schema(*database_, path_));
    if (is_new) {
        VIGIE_CHECK(outbox_->create_streams());
        VIGIE_CHECK(database_->commit());
    }
    VIGIE_CHECK(database_->execute(generation_schema));
    VIGIE_CHECK(outbox_->load());
    if (opening == Opening::begins) {
        auto begun = outbox_->begin_generation();
        if (!begun && begun.error().code != ErrorCode::no_space) {
            return begun;
        }
        if (!begun) {
            // Better to run than to wait for space: HELLO then tells of no generations, and the controller checks none.
            log::warning("{}: going on without a mark of this start", begun.error().message);
            outbox_->forget_generations();
        }
    }
    return runs_->prepare();
}

void AgentState::close_file() {
    if (database_) {
        outbox_->release();
        runs_->release();
        database_->close();
    }
}

void AgentState::look_at_mark() {
    SystemFiles files;
    const auto mark = files.read(path_ + ".mark", mark_bytes_max);
    if (!mark) {
        return;
    }
    if (!files.is_present(path_)) {
        note(true,
             "the outbox file was gone when the agent started; what it held and the controller had not received "
             "is lost");
    } else if (*mark == mark_open && !files.is_present(path_ + "-wal")) {
        note(true,
             "the outbox's write-ahead log was gone when the agent started; its newest entries are lost, as far "
             "as the controller had not received them");
    }
}

// Only for the notice after the next start: without it the agent works none the less.
void AgentState::write_mark(std::string_view state) {
    if (const auto written = SystemFiles().write_atomically(path_ + ".mark", state, 0600); !written) {
        log::warning("{}", written.error().message);
    }
}

void AgentState::remember_files() {
    file_ = id_of(path_);
    log_ = id_of(path_ + "-wal");
}

void AgentState::note(bool is_loss, std::string message) {
    notices_.push_back({clock_.wall(), is_loss, std::move(message)});
}

Result<void> AgentState::check_files() {
    if (id_of(path_) == file_ && id_of(path_ + "-wal") == log_) {
        return {};
    }
    log::error("{}: it, or its write-ahead log, was removed or replaced while in use; it is written anew", path_);
    VIGIE_CHECK(rescue());
    note(false,
         "the outbox's file was removed or replaced while the agent ran; it was written anew and nothing is lost");
    return {};
}

// The copy takes the file's name before the old one is closed, since closing it removes <path>-wal whoever owns it.
Result<void> AgentState::rescue() {
    const auto copy = path_ + ".rescue";
    if (unlink(copy.c_str()) != 0 && errno != ENOENT) {
        return fail(errno_error(errno, "remove " + copy));
    }
    VIGIE_CHECK(create_private(copy));
    {
        VIGIE_TRY(auto vacuum, database_->prepare("VACUUM INTO ?"));
        vacuum.bind_text(1, copy);
        VIGIE_CHECK(vacuum.run());
    }
    VIGIE_CHECK(sync_file(copy));
    if (std::rename(copy.c_str(), path_.c_str()) != 0) {
        return fail(errno_error(errno, "rename to " + path_));
    }
    VIGIE_CHECK(sync_directory(parent_of(path_)));
    close_file();
    unlink((path_ + "-wal").c_str());  // of the old file, or somebody else's; the copy has none
    VIGIE_CHECK(open_file(Opening::goes_on));
    VIGIE_CHECK(outbox_->touch());
    remember_files();
    return {};
}

std::string AgentState::describe_unacked() const {
    return fmt::format("{} results, {} readings and {} events", outbox_->unacked_rows(protocol::Stream::results),
                       outbox_->unacked_rows(protocol::Stream::metrics), outbox_->unacked_rows(protocol::Stream::logs));
}

Result<void> AgentState::replace_damaged(const Error& why) {
    const auto unacked = describe_unacked();
    close_file();
    VIGIE_CHECK(put_aside(path_, why));
    VIGIE_CHECK(open_file(Opening::begins));
    remember_files();
    quarantined_at_ = clock_.wall();
    note(true, fmt::format("the outbox was found corrupt while the agent ran and was put aside; {} that the controller "
                           "had not acknowledged are lost",
                           unacked));
    return {};
}

}  // namespace vigie::agent

// SQLite as Results.
#include "agent/outbox/database.hpp"

#include <sqlite3.h>

#include "shared/core/assert.hpp"

namespace vigie::agent {
namespace {

ErrorCode code_of(int sqlite_code) {
    switch (sqlite_code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ErrorCode::corrupt;
        case SQLITE_FULL:
            return ErrorCode::no_space;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ErrorCode::conflict;
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
            return ErrorCode::denied;
        default:
            return ErrorCode::io;
    }
}

// The statement only where it says something about the failure.
Error error_of(sqlite3* raw, std::string_view doing) {
    const auto code = code_of(sqlite3_extended_errcode(raw));
    const auto* path = sqlite3_db_filename(raw, "main");
    if (code == ErrorCode::conflict) {
        return Error{code, fmt::format("state file {} is in use by another process, such as a second vigie-agent: stop "
                                       "it, or give this one a state_dir of its own",
                                       path)};
    }
    if (code == ErrorCode::corrupt) {
        return Error{code, fmt::format("state file {}: {}", path, sqlite3_errmsg(raw))};
    }
    return Error{code, fmt::format("state file {}: {}: {}", path, doing, sqlite3_errmsg(raw))};
}

Error is_closed() {
    return Error{ErrorCode::io, "state file: closed after a failure; restart the agent"};
}

}  // namespace

Statement::~Statement() {
    sqlite3_finalize(raw_);
}

void Statement::bind(int index, int64_t number) {
    VIGIE_ASSERT(sqlite3_bind_int64(raw_, index, number) == SQLITE_OK);
}

void Statement::bind_null(int index) {
    VIGIE_ASSERT(sqlite3_bind_null(raw_, index) == SQLITE_OK);
}

void Statement::bind_text(int index, std::string_view text) {
    const auto* start = text.data() == nullptr ? "" : text.data();
    VIGIE_ASSERT(sqlite3_bind_text64(raw_, index, start, text.size(), nullptr, SQLITE_UTF8) == SQLITE_OK);
}

void Statement::bind_blob(int index, std::string_view bytes) {
    const auto* start = bytes.data() == nullptr ? "" : bytes.data();
    VIGIE_ASSERT(sqlite3_bind_blob64(raw_, index, start, bytes.size(), nullptr) == SQLITE_OK);
}

Result<bool> Statement::step() {
    const auto code = sqlite3_step(raw_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    auto error = error_of(sqlite3_db_handle(raw_), sqlite3_sql(raw_));
    reset();
    return fail(std::move(error));
}

Result<void> Statement::run() {
    for (;;) {
        VIGIE_TRY(const bool has_row, step());
        if (!has_row) {
            return {};
        }
    }
}

void Statement::reset() {
    sqlite3_reset(raw_);
}

int64_t Statement::number(int column) const {
    return sqlite3_column_int64(raw_, column);
}

std::string Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(raw_, column));
    return bytes == nullptr ? std::string()
                            : std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(raw_, column)));
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const std::string& vfs) {
    sqlite3* raw = nullptr;
    const auto flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const auto code = sqlite3_open_v2(path.c_str(), &raw, flags, vfs.empty() ? nullptr : vfs.c_str());
    if (raw == nullptr) {
        return fail(ErrorCode::io, "state file {}: out of memory", path);
    }
    std::unique_ptr<Database> database(new Database(raw));
    if (code != SQLITE_OK) {
        return fail(code_of(code), "state file {}: open: {}", path, sqlite3_errmsg(raw));
    }
    // Memory kept ready for compiling statements, 85 KiB: ours are compiled once.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 0, 0);
    // Rows are our own bytes, but a damaged or planted file must not do more than fail.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return database;
}

Database::~Database() {
    close();
}

void Database::close() {
    begin_ = Statement();
    commit_ = Statement();
    // v2: a statement that outlives this object becomes a zombie instead of a leak.
    sqlite3_close_v2(std::exchange(raw_, nullptr));
}

void Database::take_over(Database& fresh) {
    VIGIE_ASSERT(raw_ == nullptr);
    std::swap(raw_, fresh.raw_);
    std::swap(begin_, fresh.begin_);
    std::swap(commit_, fresh.commit_);
    is_level_full_ = fresh.is_level_full_;
}

Error Database::last_error(std::string_view doing) const {
    return error_of(raw_, doing);
}

Result<void> Database::execute(const char* sql) {
    if (raw_ == nullptr) {
        return fail(is_closed());
    }
    if (sqlite3_exec(raw_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return fail(last_error(sql));
    }
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    if (raw_ == nullptr) {
        return fail(is_closed());
    }
    Statement statement;
    const auto code = sqlite3_prepare_v3(raw_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                         &statement.raw_, nullptr);
    if (code != SQLITE_OK) {
        return fail(last_error(sql));
    }
    return statement;
}

Result<int64_t> Database::number_of(std::string_view sql) {
    VIGIE_TRY(auto statement, prepare(sql));
    VIGIE_TRY(const bool has_row, statement.step());
    return has_row ? statement.number(0) : 0;
}

Result<void> Database::begin(bool is_synced) {
    if (begin_.raw_ == nullptr) {
        VIGIE_TRY(begin_, prepare("BEGIN IMMEDIATE"));
        VIGIE_TRY(commit_, prepare("COMMIT"));
        VIGIE_CHECK(execute("PRAGMA synchronous=NORMAL"));
    }
    if (is_synced != is_level_full_) {
        VIGIE_CHECK(execute(is_synced ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
        is_level_full_ = is_synced;
    }
    return begin_.run();
}

Result<void> Database::commit() {
    return commit_.run();
}

void Database::rollback() {
    if (raw_ != nullptr && sqlite3_get_autocommit(raw_) == 0) {
        sqlite3_exec(raw_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

Result<void> Database::sync() {
    if (raw_ == nullptr) {
        return fail(is_closed());
    }
    // What a commit at level FULL does after its last frame. A checkpoint in between has synced the log already.
    sqlite3_file* log = nullptr;
    if (sqlite3_file_control(raw_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || log == nullptr ||
        log->pMethods == nullptr) {
        return fail(ErrorCode::io, "state file {}: no write-ahead log to sync", sqlite3_db_filename(raw_, "main"));
    }
    if (const auto code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL); code != SQLITE_OK) {
        return fail(ErrorCode::io, "state file {}: sync: {}", sqlite3_db_filename(raw_, "main"), sqlite3_errstr(code));
    }
    return {};
}

}  // namespace vigie::agent

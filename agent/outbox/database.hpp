// The door to SQLite: one connection, statements that are kept prepared, transactions that end themselves. Not for
// other rooms: agent_state.hpp is what they see.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "shared/core/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace vigie::agent {

// A prepared statement. After run() or the last step() it may be bound and run again.
class Statement {
  public:
    Statement() = default;
    Statement(Statement&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    Statement& operator=(Statement&& other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    ~Statement();

    // Parameters count from 1. Text and blobs must live until the statement has run.
    void bind(int index, int64_t number);
    void bind_null(int index);
    void bind_text(int index, std::string_view text);
    void bind_blob(int index, std::string_view bytes);
    Result<bool> step();  // true: a row stands ready
    Result<void> run();   // to the end, and reset
    void reset();

    int64_t number(int column) const;
    std::string text(int column) const;  // text or blob

  private:
    friend class Database;
    sqlite3_stmt* raw_ = nullptr;
};

class Database {
  public:
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // vfs: "" for SQLite's own.
    static Result<std::unique_ptr<Database>> open(const std::string& path, const std::string& vfs);

    // Every statement must be gone. Then all calls but take_over() fail.
    void close();
    void take_over(Database& fresh);  // its connection; `fresh` is closed then

    Result<void> execute(const char* sql);
    Result<Statement> prepare(std::string_view sql);
    Result<int64_t> number_of(std::string_view sql);  // the first column of its first row

    // is_synced: on disk when commit() returns, with all relaxed commits before it. Otherwise a power cut may take the
    // commit away again (and all later relaxed ones with it: what stays is always a prefix).
    Result<void> begin(bool is_synced);
    Result<void> commit();
    void rollback();  // nothing under way: does nothing
    // Makes relaxed commits durable: syncs the write-ahead log.
    Result<void> sync();

  private:
    explicit Database(sqlite3* raw) : raw_(raw) {}
    Error last_error(std::string_view doing) const;
    sqlite3* raw_;
    Statement begin_;
    Statement commit_;
    bool is_level_full_ = false;
};

}  // namespace vigie::agent

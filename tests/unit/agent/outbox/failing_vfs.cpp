// A wrapper around SQLite's own file layer.
#include "tests/unit/agent/outbox/failing_vfs.hpp"

#include <sqlite3.h>

#include <new>

#include "shared/core/assert.hpp"

namespace vigie::tests {
namespace {

int operations_left = 0;  // until the failure; 0: none is due
bool is_for_ever = false;
bool has_hit = false;

bool is_due() {
    if (operations_left == 0) {
        return has_hit && is_for_ever;
    }
    has_hit = --operations_left == 0 || has_hit;
    return operations_left == 0;
}

struct File {
    sqlite3_file base;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* of(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}
const sqlite3_io_methods& methods(sqlite3_file* file) {
    return *of(file)->real()->pMethods;
}

int close_file(sqlite3_file* f) {
    return methods(f).xClose(of(f)->real());
}
int read_file(sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
    return methods(f).xRead(of(f)->real(), to, n, at);
}
int write_file(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
    return is_due() ? SQLITE_IOERR_WRITE : methods(f).xWrite(of(f)->real(), from, n, at);
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
    return is_due() ? SQLITE_IOERR_TRUNCATE : methods(f).xTruncate(of(f)->real(), size);
}
int sync_file(sqlite3_file* f, int flags) {
    return is_due() ? SQLITE_IOERR_FSYNC : methods(f).xSync(of(f)->real(), flags);
}
int size_of(sqlite3_file* f, sqlite3_int64* size) {
    return methods(f).xFileSize(of(f)->real(), size);
}
int lock_file(sqlite3_file* f, int level) {
    return methods(f).xLock(of(f)->real(), level);
}
int unlock_file(sqlite3_file* f, int level) {
    return methods(f).xUnlock(of(f)->real(), level);
}
int check_lock(sqlite3_file* f, int* out) {
    return methods(f).xCheckReservedLock(of(f)->real(), out);
}
int control(sqlite3_file* f, int op, void* argument) {
    return methods(f).xFileControl(of(f)->real(), op, argument);
}
int sector_size(sqlite3_file* f) {
    return methods(f).xSectorSize(of(f)->real());
}
int characteristics(sqlite3_file* f) {
    return methods(f).xDeviceCharacteristics(of(f)->real());
}

// Version 1: no shared memory and no mapping, which exclusive locking does not need.
sqlite3_io_methods make_methods() {
    sqlite3_io_methods all{};
    all.iVersion = 1;
    all.xClose = close_file;
    all.xRead = read_file;
    all.xWrite = write_file;
    all.xTruncate = truncate_file;
    all.xSync = sync_file;
    all.xFileSize = size_of;
    all.xLock = lock_file;
    all.xUnlock = unlock_file;
    all.xCheckReservedLock = check_lock;
    all.xFileControl = control;
    all.xSectorSize = sector_size;
    all.xDeviceCharacteristics = characteristics;
    return all;
}
const sqlite3_io_methods failing_methods = make_methods();

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs failing_vfs;

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    auto* wrapped = new (file) File{};
    const auto code = real_vfs->xOpen(real_vfs, path, wrapped->real(), flags, out_flags);
    wrapped->base.pMethods = wrapped->real()->pMethods != nullptr ? &failing_methods : nullptr;
    return code;
}
int delete_file(sqlite3_vfs*, const char* path, int is_synced) {
    return is_due() ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, path, is_synced);
}

}  // namespace

void FailingVfs::install() {
    if (real_vfs != nullptr) {
        return;
    }
    real_vfs = sqlite3_vfs_find(nullptr);
    failing_vfs = *real_vfs;
    failing_vfs.zName = name;
    failing_vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
    failing_vfs.xOpen = open_file;
    failing_vfs.xDelete = delete_file;
    VIGIE_ASSERT(sqlite3_vfs_register(&failing_vfs, 0) == SQLITE_OK);
}

void FailingVfs::fail_at(int operation, bool for_ever) {
    operations_left = operation;
    is_for_ever = for_ever;
    has_hit = false;
}

bool FailingVfs::has_failed() {
    return has_hit;
}

void run_sql(const std::string& path, const char* sql) {
    sqlite3* raw = nullptr;
    VIGIE_ASSERT(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
    VIGIE_ASSERT(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(raw);
}

}  // namespace vigie::tests

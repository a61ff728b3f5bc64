// SQLite's file layer over maps of bytes.
#include "tests/simulation/simulated_disk.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>
#include <new>

#include "shared/core/assert.hpp"

namespace vigie::simulation {
namespace {

constexpr size_t sector_bytes = 512;
constexpr int path_bytes_max = 512;

}  // namespace

struct SimulatedDisk::Layer {
    std::string name;
    sqlite3_vfs vfs{};
};

// SQLite's callbacks, with access to the disk.
struct DiskFiles {
    struct Handle {
        sqlite3_file base;
        SimulatedDisk* disk;
        SimulatedDisk::File* file;
    };
    static Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
    static SimulatedDisk& of(sqlite3_vfs* vfs) { return *static_cast<SimulatedDisk*>(vfs->pAppData); }

    static int close(sqlite3_file*) { return SQLITE_OK; }
    static int read(sqlite3_file* f, void* to, int count, sqlite3_int64 at) {
        const auto& content = of(f).file->content;
        const auto wanted = static_cast<size_t>(count);
        const auto start = std::min(content.size(), static_cast<size_t>(at));
        const auto there = std::min(wanted, content.size() - start);
        std::memcpy(to, content.data() + start, there);
        std::memset(static_cast<char*>(to) + there, 0, wanted - there);
        return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
    }
    static int change(sqlite3_file* f, SimulatedDisk::Write write, int failure) {
        auto& handle = of(f);
        if (!handle.disk->may_act_()) {
            return failure;
        }
        SimulatedDisk::apply(handle.file->content, write);
        handle.file->unsynced.push_back(std::move(write));
        return SQLITE_OK;
    }
    static int write(sqlite3_file* f, const void* from, int count, sqlite3_int64 at) {
        return change(f,
                      {.at = static_cast<size_t>(at),
                       .bytes = std::string(static_cast<const char*>(from), static_cast<size_t>(count))},
                      SQLITE_IOERR_WRITE);
    }
    static int truncate(sqlite3_file* f, sqlite3_int64 size) {
        return change(f, {.at = static_cast<size_t>(size), .bytes = {}, .is_truncation = true}, SQLITE_IOERR_TRUNCATE);
    }
    static int sync(sqlite3_file* f, int) {
        auto& handle = of(f);
        if (!handle.disk->may_act_()) {
            return SQLITE_IOERR_FSYNC;
        }
        for (const auto& write : handle.file->unsynced) {
            SimulatedDisk::apply(handle.file->synced, write);
        }
        handle.file->unsynced.clear();
        return SQLITE_OK;
    }
    static int size_of(sqlite3_file* f, sqlite3_int64* size) {
        *size = static_cast<sqlite3_int64>(of(f).file->content.size());
        return SQLITE_OK;
    }
    // One process at a time has the file.
    static int lock(sqlite3_file*, int) { return SQLITE_OK; }
    static int check_lock(sqlite3_file*, int* out) {
        *out = 0;
        return SQLITE_OK;
    }
    static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
    static int sector_size(sqlite3_file*) { return sector_bytes; }
    static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

    static const sqlite3_io_methods& methods() {
        // Version 1: no shared memory and no mapping, which exclusive locking does not need.
        static const sqlite3_io_methods all{
            1,       close,      read,    write,       truncate,        sync,    size_of, lock,
            lock,    check_lock, control, sector_size, characteristics, nullptr, nullptr, nullptr,
            nullptr, nullptr,    nullptr};
        return all;
    }

    static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
        auto& disk = of(vfs);
        auto* handle = new (file) Handle{};
        if (path == nullptr || ((flags & SQLITE_OPEN_CREATE) == 0 && !disk.files_.contains(path))) {
            return SQLITE_CANTOPEN;
        }
        handle->base.pMethods = &methods();
        handle->disk = &disk;
        handle->file = &disk.files_[path];
        if (out_flags != nullptr) {
            *out_flags = flags;
        }
        return SQLITE_OK;
    }
    static int remove(sqlite3_vfs* vfs, const char* path, int) {
        auto& disk = of(vfs);
        if (!disk.may_act_()) {
            return SQLITE_IOERR_DELETE;
        }
        return disk.files_.erase(path) > 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
    }
    static int access(sqlite3_vfs* vfs, const char* path, int, int* out) {
        const auto& files = of(vfs).files_;
        const auto found = files.find(path);
        *out = found != files.end() && !found->second.content.empty() ? 1 : 0;
        return SQLITE_OK;
    }
    static int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
        sqlite3_snprintf(size, out, "%s", path);
        return SQLITE_OK;
    }
    static int randomness(sqlite3_vfs* vfs, int size, char* out) {
        of(vfs).random_.fill({reinterpret_cast<uint8_t*>(out), static_cast<size_t>(size)});
        return size;
    }
    static int pause(sqlite3_vfs*, int) { return 0; }
    static int time(sqlite3_vfs*, double* julian_day) {
        *julian_day = 2461422.0;  // some day of 2027; nothing of ours asks SQLite for the time
        return SQLITE_OK;
    }
    static int last_error(sqlite3_vfs*, int, char*) { return 0; }
};

SimulatedDisk::SimulatedDisk(std::string_view name, Random& random, std::function<bool()> may_act)
    : random_(random), may_act_(std::move(may_act)), layer_(std::make_unique<Layer>()) {
    layer_->name = fmt::format("{}-{}", name, fmt::ptr(this));  // SQLite knows file layers by name
    auto& vfs = layer_->vfs;
    vfs.iVersion = 1;
    vfs.szOsFile = sizeof(DiskFiles::Handle);
    vfs.mxPathname = path_bytes_max;
    vfs.zName = layer_->name.c_str();
    vfs.pAppData = this;
    vfs.xOpen = DiskFiles::open;
    vfs.xDelete = DiskFiles::remove;
    vfs.xAccess = DiskFiles::access;
    vfs.xFullPathname = DiskFiles::full_path;
    vfs.xRandomness = DiskFiles::randomness;
    vfs.xSleep = DiskFiles::pause;
    vfs.xCurrentTime = DiskFiles::time;
    vfs.xGetLastError = DiskFiles::last_error;
    VIGIE_ASSERT(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

SimulatedDisk::~SimulatedDisk() {
    sqlite3_vfs_unregister(&layer_->vfs);
}

const std::string& SimulatedDisk::vfs() const {
    return layer_->name;
}

void SimulatedDisk::apply(std::string& content, const Write& write) {
    if (write.is_truncation) {
        content.resize(std::min(content.size(), write.at));
        return;
    }
    if (content.size() < write.at + write.bytes.size()) {
        content.resize(write.at + write.bytes.size());
    }
    content.replace(write.at, write.bytes.size(), write.bytes);
}

void SimulatedDisk::cut_power() {
    for (auto& [path, file] : files_) {
        const bool is_all_lost = random_.next() % 2 == 0;
        for (auto& write : file.unsynced) {
            const auto fate = is_all_lost ? 0 : random_.next() % 4;
            if (fate == 1) {
                write.bytes.resize(write.bytes.size() / 2 / sector_bytes * sector_bytes);
            }
            if (fate != 0) {
                apply(file.synced, write);
            }
        }
        file.unsynced.clear();
        file.content = file.synced;
    }
}

void SimulatedDisk::erase() {
    files_.clear();
}

SimulatedDisk::Image SimulatedDisk::image() const {
    Image image;
    for (const auto& [path, file] : files_) {
        image.emplace(path, file.synced);
    }
    return image;
}

void SimulatedDisk::restore(const Image& image) {
    files_.clear();
    for (const auto& [path, content] : image) {
        files_.emplace(path, File{.content = content, .synced = content, .unsynced = {}});
    }
}

uint64_t SimulatedDisk::bytes() const {
    uint64_t sum = 0;
    for (const auto& [path, file] : files_) {
        sum += file.content.size();
    }
    return sum;
}

}  // namespace vigie::simulation

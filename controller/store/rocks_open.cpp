// Opening the store: the lock, RocksDB's options, the column families, the schema's version.
#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "controller/store/keys.hpp"
#include "controller/store/rocks_store.hpp"
#include "shared/log/log.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {

namespace {

constexpr Bytes block_cache_bytes = 64_MiB;
constexpr Bytes write_buffer_bytes_max = 48_MiB;  // over all families
constexpr size_t block_bytes = size_t{16} << 10;
constexpr double bloom_bits_per_key = 10;      // 1 % false positives
constexpr uint64_t write_buffer_fraction = 8;  // of the disk: what is in memory must fit on it once more
constexpr size_t log_line_bytes_max = 1024;
constexpr std::string_view schema_key = "schema_version";

// RocksDB's own warnings, into ours. While opening it also keeps those about log records left out.
class RocksLog final : public rocksdb::Logger {
  public:
    using rocksdb::Logger::Logv;
    RocksLog() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
    void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
        if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level == rocksdb::InfoLogLevel::HEADER_LEVEL) {
            return;
        }
        std::array<char, log_line_bytes_max> line{};
        if (std::vsnprintf(line.data(), line.size(), format, arguments) <= 0) {
            return;
        }
        std::string text(line.data());
        log::write(level == rocksdb::InfoLogLevel::WARN_LEVEL ? log::Level::warning : log::Level::error,
                   "rocksdb: " + text);
        if (text.find("dropping") != std::string::npos) {
            const std::lock_guard lock(mutex_);
            notes_.push_back(std::move(text));
        }
    }
    std::vector<std::string> take_notes() {
        const std::lock_guard lock(mutex_);
        return std::exchange(notes_, {});
    }

  private:
    std::mutex mutex_;
    std::vector<std::string> notes_;
};

rocksdb::DBOptions database_options(Bytes write_buffers, const std::shared_ptr<rocksdb::Cache>& cache,
                                    std::shared_ptr<rocksdb::Logger> log) {
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.paranoid_checks = true;
    // Stops at the first damaged record. Skipping it instead left a cursor of 500 with 473 rows.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    options.recycle_log_file_num = 0;  // recycled logs and point-in-time recovery do not go together
    options.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(write_buffers.count, cache);
    options.max_total_wal_size = write_buffers.count * 2;  // else a family rarely written keeps old logs for ever
    options.max_background_jobs = 2;
    options.max_open_files = 512;
    options.avoid_unnecessary_blocking_io = true;  // who drops the last reference to old files may be the main loop
    options.allow_fallocate = false;               // preallocated logs would count as used space on a small disk
    options.info_log = std::move(log);
    return options;
}

bool is_supported(rocksdb::CompressionType type) {
    const auto supported = rocksdb::GetSupportedCompressions();
    return std::find(supported.begin(), supported.end(), type) != supported.end();
}

rocksdb::ColumnFamilyOptions column_options(Bytes write_buffers, const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = block_bytes;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits_per_key));
    table.format_version = 5;

    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.max_write_buffer_number = 4;  // with the default of 2 each flush under load stalls the writer
    options.write_buffer_size = std::max<size_t>(write_buffers.count / 4, size_t{1} << 20);
    options.compression = is_supported(rocksdb::kZSTD) ? rocksdb::kZSTD : rocksdb::kNoCompression;
    return options;
}

// Rows of the head live for some minutes: zstd would cost a quarter of all of ingest's time, and save nothing for long.
rocksdb::ColumnFamilyOptions options_of(Family family, rocksdb::ColumnFamilyOptions options) {
    if (family == Family::head && is_supported(rocksdb::kLZ4Compression)) {
        options.compression = rocksdb::kLZ4Compression;
    }
    return options;
}

Result<Fd> lock_folder(const std::string& folder) {
    const auto path = join_path(folder, "lock");
    Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) {
        return fail(errno_error(errno, "open " + path));
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return fail(errno_error(errno, "lock " + path));
        }
        std::array<char, 16> holder{};
        const auto size = ::pread(file.get(), holder.data(), holder.size(), 0);
        return fail(ErrorCode::conflict,
                    "state folder {} is in use by another vigie-controller (process {}): stop it first, or give this "
                    "one a state_dir of its own",
                    folder, size > 0 ? std::string(holder.data(), static_cast<size_t>(size)) : "unknown");
    }
    // Only for the message above, so a failure (a full disk) does not matter.
    const auto pid = std::to_string(::getpid());
    if (::ftruncate(file.get(), 0) == 0) {
        [[maybe_unused]] const auto written = ::pwrite(file.get(), pid.data(), pid.size(), 0);
    }
    return file;
}

Result<std::vector<rocksdb::ColumnFamilyDescriptor>> families_of(const std::string& path, const std::string& folder,
                                                                 const rocksdb::ColumnFamilyOptions& options) {
    std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
    wanted.reserve(families_count + 1);
    for (int i = 0; i < families_count; ++i) {
        const auto family = static_cast<Family>(i);
        wanted.emplace_back(std::string(name_of(family)), options_of(family, options));
    }
    wanted.emplace_back(rocksdb::kDefaultColumnFamilyName, options);
    std::vector<std::string> present;
    // Fails when there is no database yet, or an unreadable one, which opening it then says.
    if (rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), path, &present).ok()) {
        for (const auto& name : present) {
            const bool is_known =
                std::any_of(wanted.begin(), wanted.end(), [&name](const auto& one) { return one.name == name; });
            if (!is_known) {
                return fail(ErrorCode::unsupported,
                            "state folder {} was written by a newer vigie-controller (it has rows of the kind \"{}\"): "
                            "upgrade this one, or restore a backup made before",
                            folder, name);
            }
        }
    }
    return wanted;
}

}  // namespace

RocksStore::RocksStore(std::string folder, Fd lock, SpaceProbe probe)
    : folder_(std::move(folder)), lock_(std::move(lock)), guard_(folder_, std::move(probe)) {}

Result<std::unique_ptr<RocksStore>> RocksStore::open(const std::string& folder, SpaceProbe probe) {
    SystemFiles files;
    VIGIE_CHECK(files.make_directories(folder, 0700));
    VIGIE_TRY(auto lock, lock_folder(folder));
    std::unique_ptr<RocksStore> store(new RocksStore(folder, std::move(lock), std::move(probe)));
    store->guard_.has_room();
    auto opened = store->open_database();
    if (!opened && opened.error().code == ErrorCode::no_space) {
        store->guard_.enter_full();  // opening writes a little: the ballast's space is for that
        opened = store->open_database();
    }
    VIGIE_CHECK(std::move(opened));
    VIGIE_CHECK(store->check_schema());
    store->is_full_ = store->guard_.is_full();
    return store;
}

Result<void> RocksStore::open_database() {
    const auto space = probe_disk_space(folder_);
    const auto capacity = space ? space->capacity : Bytes{write_buffer_bytes_max.count * write_buffer_fraction};
    const auto buffers = std::min(write_buffer_bytes_max, Bytes{capacity.count / write_buffer_fraction});
    const auto cache = rocksdb::NewLRUCache(block_cache_bytes.count);
    const auto rocks_log = std::make_shared<RocksLog>();
    const auto columns = column_options(buffers, cache);
    const auto path = join_path(folder_, "db");
    VIGIE_CHECK(SystemFiles().make_directories(path, 0700));
    VIGIE_TRY(const auto families, families_of(path, folder_, columns));

    rocksdb::DB* opened = nullptr;
    const auto status =
        rocksdb::DB::Open(database_options(buffers, cache, rocks_log), path, families, &handles_, &opened);
    if (!status.ok()) {
        return fail(error_of(status, "open"));
    }
    db_.reset(opened);
    recovery_notes_ = rocks_log->take_notes();
    return {};
}

Result<void> RocksStore::check_schema() {
    VIGIE_TRY(const auto stored, get(Family::meta, schema_key));
    if (!stored) {
        return write_schema();
    }
    keys::KeyReader reader(*stored);
    const auto version = reader.u32();
    if (!reader.is_ok() || !reader.is_done()) {
        return fail(ErrorCode::corrupt, "state folder {}: its schema version does not read as a number", folder_);
    }
    if (version > store_schema_version) {
        return fail(ErrorCode::unsupported,
                    "state folder {} has schema version {}, this vigie-controller knows {}: upgrade it, or restore a "
                    "backup made before",
                    folder_, version, store_schema_version);
    }
    return version < store_schema_version ? raise_schema(version) : Result<void>();
}

Result<void> RocksStore::write_schema() {
    StoreBatch batch;
    batch.put(Family::meta, std::string(schema_key), keys::KeyWriter().u32(store_schema_version).take());
    return commit(batch);
}

// Rows of schema 1 are rows of schema 2, so only the number changes. The checkpoint stays for who wants to go back, and
// is the one of before the first attempt: later ones may hold rows of the new form.
Result<void> RocksStore::raise_schema(uint32_t from) {
    const auto path = join_path(folder_, fmt::format("before-schema-{}", store_schema_version));
    SystemFiles files;
    if (!files.is_present(join_path(path, "db"))) {
        VIGIE_CHECK(write_checkpoint(path));
    }
    VIGIE_CHECK(write_schema());
    log::warning(
        "store {}: schema version {} became {}; what was before is kept in {}, remove that folder once nobody "
        "wants to go back",
        folder_, from, store_schema_version, path);
    return {};
}

}  // namespace vigie::controller

// A repository in memory, a clock, and a folder to back up.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "agent/backup/archiver.hpp"
#include "agent/backup/owners.hpp"
#include "agent/backup/restorer.hpp"
#include "agent/backup/verifier.hpp"
#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/agent/backup/memory_storage.hpp"

namespace vigie::tests {

struct BackupWorld {
    static constexpr const char* password = "correct horse";
    TempFolder folder;
    MemoryStorage storage;
    SeededRandom random{7};
    ManualClock clock;
    SystemFiles files;
    std::string source = folder / "source";

    BackupWorld() {
        make_folder("");
        BOOST_REQUIRE(
            backup::Repository::create(storage, random, password, {"root", "test", {}}, {16, 1, 1}).has_value());
    }

    std::string at(std::string_view name) const { return name.empty() ? source : source + "/" + std::string(name); }
    void make_folder(std::string_view name) { BOOST_REQUIRE(files.make_directories(at(name), 0755).has_value()); }
    void write(std::string_view name, std::string_view content) {
        BOOST_REQUIRE(files.write_atomically(at(name), content, 0644).has_value());
    }
    std::string noise(size_t bytes, uint64_t seed) {
        std::string content(bytes, '\0');
        SeededRandom(seed).fill({reinterpret_cast<uint8_t*>(content.data()), content.size()});
        return content;
    }

    std::unique_ptr<backup::Repository> open() {
        auto opened = backup::Repository::open(storage, random, password);
        BOOST_REQUIRE_MESSAGE(opened.has_value(), (opened ? std::string() : opened.error().message));
        return std::move(*opened);
    }
    Result<backup::RunReport> try_run(std::vector<std::string> paths) {
        VIGIE_TRY(const auto repository, backup::Repository::open(storage, random, password));
        std::vector<std::string> notes;
        VIGIE_TRY(const auto lock, backup::RepositoryLock::take(*repository, clock, notes));
        backup::ArchiveRequest request;
        request.paths = std::move(paths);
        request.host = "test";
        request.program_version = "test";
        VIGIE_TRY(auto report, archive(*repository, *lock, clock, request, {}));
        report.notes.insert(report.notes.end(), notes.begin(), notes.end());
        clock.advance(1s);
        return report;
    }
    backup::RunReport run() { return run({source}); }
    backup::RunReport run(std::vector<std::string> paths) {
        auto report = try_run(std::move(paths));
        BOOST_REQUIRE_MESSAGE(report.has_value(), (report ? std::string() : report.error().message));
        return std::move(*report);
    }
    Result<backup::RestoreReport> restore(const backup::Id& id, const std::string& target,
                                          std::vector<std::string> paths = {}) {
        const auto repository = open();
        VIGIE_CHECK(repository->load_index());
        VIGIE_TRY(const auto json, repository->load_json(backup::FileKind::snapshot, id));
        backup::RestoreRequest request;
        VIGIE_TRY(request.snapshot, backup::parse_snapshot(json, id));
        request.target = target;
        request.paths = std::move(paths);
        return restore_snapshot(*repository, clock, request, {});
    }
    backup::VerifyReport verify() {
        const auto repository = open();
        auto report = verify_repository(*repository, clock, backup::all_packs, random, {});
        BOOST_REQUIRE_MESSAGE(report.has_value(), (report ? std::string() : report.error().message));
        return std::move(*report);
    }
    std::string restored(const std::string& target, std::string_view name) {
        return files.read(target + at(name), 64_MiB).value_or("(absent)");
    }
};

inline struct stat stat_of(const std::string& path) {
    struct stat entry {};
    BOOST_REQUIRE_MESSAGE(lstat(path.c_str(), &entry) == 0, path);
    return entry;
}

}  // namespace vigie::tests

#include "agent/logs/archive_folders.hpp"

#include "agent/logs/archives.hpp"
#include "agent/logs/checker.hpp"

namespace vigie::agent::logs {

Result<const ArchiveFolder*> ArchiveFolders::find(const Block& block, const FoundLog& log) {
    const auto path = archive_path_of(block, log.folder);
    if (path == log.folder) {
        return nullptr;
    }
    // A log of the same name from another folder may have changed there what this one goes by.
    const bool is_stale = !known_names_.insert({path, log.name}).second;
    if (const auto known = folders_.find(path); known != folders_.end() && !is_stale) {
        return &known->second;
    }
    folders_.erase(path);
    ArchiveFolder archives{path, {}};
    auto folder = Folder::open(path);
    const bool is_missing = !folder && folder.error().code == ErrorCode::not_found && block.createolddir;
    if (is_missing && !dry_run_) {
        VIGIE_CHECK(make_archive_folder(block, path));
        folder = Folder::open(path);
    }
    if (folder) {
        VIGIE_TRY(archives.content.listing, folder->list());
        archives.content.device = folder->device();
        archives.content.inode = folder->inode();
    } else if (!is_missing || !dry_run_) {
        return fail(folder.error().at(block.place() + ": olddir"));
    }
    return &folders_.emplace(path, std::move(archives)).first->second;
}

}  // namespace vigie::agent::logs

// Globs, overlap and aliases.
#include "agent/logs/finder.hpp"

#include <fnmatch.h>
#include <glob.h>

#include <optional>

#include "agent/logs/archives.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

bool is_glob(std::string_view pattern) {
    if (pattern.starts_with('~')) {
        return true;
    }
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') {
            ++i;
        } else if (std::string_view("*?[").find(pattern[i]) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::string without_backslashes(std::string_view pattern) {
    std::string plain;
    for (size_t i = 0; i < pattern.size(); ++i) {
        i += pattern[i] == '\\' && i + 1 < pattern.size() ? 1 : 0;
        plain += pattern[i];
    }
    return plain;
}

std::vector<std::string> expand(const std::string& pattern) {
    if (!is_glob(pattern)) {
        return {without_backslashes(pattern)};
    }
    glob_t matches{};
    std::vector<std::string> paths;
    if (glob(pattern.c_str(), GLOB_TILDE, nullptr, &matches) == 0) {
        paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
    }
    globfree(&matches);
    return paths;
}

class Search {
  public:
    Search(std::span<const Block> blocks, const std::set<std::string>& known) : blocks_(blocks), known_(known) {}

    Found run() {
        for (size_t i = 0; i < blocks_.size(); ++i) {
            for (const auto& pattern : blocks_[i].patterns) {
                take_pattern(i, pattern);
            }
        }
        return std::move(found_);
    }

  private:
    void take_pattern(size_t index, const std::string& pattern) {
        const auto& block = blocks_[index];
        const auto paths = expand(pattern);
        if (paths.empty() && !block.missingok) {
            note_missing(index, pattern);
        }
        const bool globbed = is_glob(pattern);
        std::set<std::string> olddirs;
        if (!block.olddir.empty()) {
            for (const auto& path : paths) {
                olddirs.insert(archive_path_of(block, parent_of(path)));
            }
        }
        for (const auto& path : paths) {
            take_path(index, path, globbed, olddirs);
        }
        take_gone(index, pattern, globbed);
    }

    void take_path(size_t index, const std::string& path, bool globbed, const std::set<std::string>& olddirs) {
        const auto& block = blocks_[index];
        const auto folder_path = parent_of(path);
        const auto name = path.substr(path.find_last_of('/') + 1);
        const auto* folder = folder_of(folder_path);
        const auto entry = folder ? folder->listing.find(name) : Listing::const_iterator{};
        if (!folder || entry == folder->listing.end()) {
            if (!block.missingok) {
                note_missing(index, path);
            }
            return;
        }
        if (globbed && is_own_archive(block, folder_path, *folder, name, olddirs.contains(folder_path))) {
            return;
        }
        const auto& facts = entry->second;
        if (!facts.is_regular) {
            if (facts.is_link || !globbed) {
                auto text = fmt::format("{}: {} is {}: not rotated", block.place(), path,
                                        facts.is_link ? "a symbolic link" : "no regular file");
                (globbed ? found_.warnings : found_.errors).push_back(std::move(text));
            }
            return;
        }
        if (is_first_sight(index, path, facts)) {
            found_.logs.push_back({index, path, folder_path, name, facts});
        }
    }

    // In logrotate's words, which scripts look for.
    void note_missing(size_t index, const std::string& path) {
        found_.errors.push_back(
            fmt::format("stat of {} failed: No such file or directory ({})", path, blocks_[index].place()));
        found_.incomplete.insert(index);
    }

    // Logs that were rotated by this pattern and are not there any more: `maxage` holds for their archives too.
    void take_gone(size_t index, const std::string& pattern, bool globbed) {
        if (!blocks_[index].max_age_days) {
            return;
        }
        const auto plain = without_backslashes(pattern);
        for (const auto& path : known_) {
            const bool is_ours = globbed ? fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0 : path == plain;
            const auto folder_path = parent_of(path);
            const auto name = path.substr(path.find_last_of('/') + 1);
            const auto* folder = is_ours ? folder_of(folder_path) : nullptr;
            if (folder && !folder->listing.contains(name) && gone_.insert(path).second) {
                found_.gone.push_back({index, path, folder_path, name, {}});
            }
        }
    }

    // One warning for each pair of blocks, whatever number of logs they share. A second name of the same log (through a
    // folder that is a link) is no mistake of the policy.
    bool is_first_sight(size_t index, const std::string& path, const FileFacts& facts) {
        const auto [seen, is_new] = seen_.try_emplace({facts.device, facts.inode}, index);
        if (is_new) {
            return true;
        }
        const auto first_block = seen->second;
        const bool is_meant = blocks_[index].ignoreduplicates || blocks_[first_block].ignoreduplicates;
        if (first_block != index && !is_meant && overlaps_.insert({first_block, index}).second) {
            found_.warnings.push_back(
                fmt::format("{}: {} is rotated by the block at {} already; logs of both blocks "
                            "follow the earlier one",
                            blocks_[index].place(), path, blocks_[first_block].place()));
        }
        return false;
    }

    bool is_own_archive(const Block& block, const std::string& path, const FoundFolder& folder, const std::string& name,
                        bool is_olddir) const {
        // Every prefix that could be the log's name, or its stem: archives only add to it.
        const auto is_made_by = [&](const std::string& log) {
            const bool has_log = folder.listing.contains(log) || known_.contains(join_path(path, log));
            return (has_log || is_olddir) && log != name && is_archive_of(block, log, name);
        };
        for (size_t length = 1; length < name.size(); ++length) {
            const auto stem = name.substr(0, length);
            if (is_made_by(stem) || (!block.extension.empty() && is_made_by(stem + block.extension)) ||
                (!block.add_extension.empty() && is_made_by(stem + block.add_extension))) {
                return true;
            }
        }
        return false;
    }

    const FoundFolder* folder_of(const std::string& path) {
        if (const auto known = found_.folders.find(path); known != found_.folders.end()) {
            return &known->second;
        }
        const auto folder = Folder::open(path);
        auto listing = folder ? folder->list() : fail(folder.error());
        if (!listing) {
            if (listing.error().code != ErrorCode::not_found) {
                found_.errors.push_back(listing.error().message);
            }
            return nullptr;
        }
        FoundFolder content{folder->device(), folder->inode(), std::move(*listing)};
        return &found_.folders.emplace(path, std::move(content)).first->second;
    }

    std::span<const Block> blocks_;
    const std::set<std::string>& known_;
    Found found_;
    std::map<std::pair<uint64_t, uint64_t>, size_t> seen_;
    std::set<std::pair<size_t, size_t>> overlaps_;
    std::set<std::string> gone_;
};

}  // namespace

Found find_logs(std::span<const Block> blocks, const std::set<std::string>& known_logs) {
    return Search(blocks, known_logs).run();
}

}  // namespace vigie::agent::logs

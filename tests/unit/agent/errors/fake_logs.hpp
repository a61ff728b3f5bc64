// Logs in memory: names of files, which a test renames, truncates and removes as a rotation does.
#pragma once
#include <fnmatch.h>

#include <map>
#include <string>

#include "agent/errors/log_files.hpp"

namespace vigie::agent::errors {

class FakeLogs final : public LogFiles {
  public:
    // As a program that opens its log to append.
    void append(const std::string& path, std::string_view text) {
        auto& file = names_[path];
        if (!file) {
            file = std::make_shared<Content>(Content{FileId{1, ++inodes_}, {}});
        }
        file->text += text;
    }
    // As one that has it open still, whatever its name is now.
    void append_to(FileId id, std::string_view text) {
        for (auto& [path, file] : names_) {
            if (file->id == id) {
                file->text += text;
            }
        }
    }
    void rename(const std::string& from, const std::string& to) {
        names_[to] = names_.at(from);
        names_.erase(from);
    }
    void truncate(const std::string& path) { names_.at(path)->text.clear(); }
    void remove(const std::string& path) { names_.erase(path); }
    // A new file that got the inode of an old one.
    void reuse(const std::string& path, FileId id) { names_.at(path)->id = id; }

    std::vector<std::string> find(const std::string& pattern, size_t count_max) override {
        std::vector<std::string> found;
        for (const auto& [path, file] : names_) {
            if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0 && found.size() < count_max) {
                found.push_back(path);
            }
        }
        return found;
    }
    std::optional<FileId> id_of(const std::string& path) override {
        const auto found = names_.find(path);
        return found == names_.end() ? std::nullopt : std::optional(found->second->id);
    }
    Result<std::unique_ptr<LogFile>> open(const std::string& path) override {
        const auto found = names_.find(path);
        if (found == names_.end()) {
            return fail(ErrorCode::not_found, "open {}: no such file", path);
        }
        return std::make_unique<Open>(found->second);
    }
    std::optional<std::string> find_renamed(const std::string&, FileId id) override {
        for (const auto& [path, file] : names_) {
            if (file->id == id) {
                return path;
            }
        }
        return std::nullopt;
    }

  private:
    struct Content {
        FileId id;
        std::string text;
    };
    class Open final : public LogFile {
      public:
        explicit Open(std::shared_ptr<Content> content) : content_(std::move(content)) {}
        FileId id() const override { return content_->id; }
        Result<uint64_t> size() override { return content_->text.size(); }
        Result<std::string> read(uint64_t offset, size_t bytes_max) override {
            return offset >= content_->text.size() ? std::string() : content_->text.substr(offset, bytes_max);
        }

      private:
        std::shared_ptr<Content> content_;
    };

    std::map<std::string, std::shared_ptr<Content>> names_;
    uint64_t inodes_ = 0;
};

}  // namespace vigie::agent::errors

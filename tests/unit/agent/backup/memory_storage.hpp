// A repository in memory whose operation number N fails.
#pragma once
#include <map>

#include "agent/backup/storage.hpp"

namespace vigie::tests {

namespace backup = agent::backup;

class MemoryStorage final : public backup::Storage {
  public:
    // Operations from this one on fail (counted from 0); with `once` only this one.
    int64_t failing_from = -1;
    bool is_once = false;
    int64_t operations = 0;
    uint64_t saves = 0;
    std::map<std::pair<backup::FileKind, backup::Id>, std::string> files;

    std::string place() const override { return "memory"; }
    Result<void> create() override { return step("create"); }
    Result<std::vector<backup::StoredFile>> list(backup::FileKind kind) override {
        VIGIE_CHECK(step("list"));
        std::vector<backup::StoredFile> found;
        for (const auto& [key, content] : files) {
            if (key.first == kind) {
                found.push_back({key.second, content.size()});
            }
        }
        return found;
    }
    Result<std::string> load(backup::FileKind kind, const backup::Id& id) override {
        VIGIE_CHECK(step("load"));
        const auto found = files.find({kind, id});
        if (found == files.end()) {
            return fail(ErrorCode::not_found, "{}: not there", describe(kind, id));
        }
        return found->second;
    }
    Result<std::string> load_range(backup::FileKind kind, const backup::Id& id, uint64_t offset,
                                   uint64_t length) override {
        VIGIE_TRY(const auto content, load(kind, id));
        if (offset + length > content.size()) {
            return fail(ErrorCode::corrupt, "{}: too short", describe(kind, id));
        }
        return content.substr(offset, length);
    }
    Result<void> save(backup::FileKind kind, const backup::Id& id, std::string_view content) override {
        VIGIE_CHECK(step("save"));
        ++saves;
        files[{kind, id}] = content;
        return {};
    }
    Result<void> remove(backup::FileKind kind, const backup::Id& id) override {
        VIGIE_CHECK(step("remove"));
        return files.erase({kind, id}) == 1 ? Result<void>{} : fail(ErrorCode::not_found, "not there");
    }
    size_t count(backup::FileKind kind) const {
        return static_cast<size_t>(
            std::count_if(files.begin(), files.end(), [kind](const auto& file) { return file.first.first == kind; }));
    }

  private:
    Result<void> step(const char* what) {
        const auto number = operations++;
        const bool fails = failing_from >= 0 && (is_once ? number == failing_from : number >= failing_from);
        return fails ? fail(ErrorCode::no_space, "{} number {} fails", what, number) : Result<void>{};
    }
};

}  // namespace vigie::tests

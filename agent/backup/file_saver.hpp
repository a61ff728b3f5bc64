// One regular file into the repository: cut into chunks, or taken from the parent snapshot when it is unchanged.
#pragma once
#include <optional>
#include <string>

#include "agent/backup/archiver.hpp"

namespace vigie::agent::backup {

class FileSaver {
  public:
    FileSaver(Repository& repository, RepositoryLock& lock, ProgressReporter& progress, RunReport& report);

    // Fills content and size of `node`, which was just read from `folder`. A failed Result is the repository's, an
    // Error inside is the file's.
    Result<std::optional<Error>> save(int folder, const std::string& path, const Node* before, Node& node);

  private:
    bool is_unchanged(const Node* before, const Node& node) const;
    Result<std::optional<Error>> save_content(int file, const std::string& path, Node& node);
    Result<void> save_chunk(std::string_view chunk, const std::string& path, Node& node);
    void note_if_changed(int file, const std::string& path, const Node& node);

    Repository& repository_;
    RepositoryLock& lock_;
    ProgressReporter& progress_;
    RunReport& report_;
    Chunker chunker_;
    std::unique_ptr<char[]> buffer_;  // touched only as far as files are large
};

}  // namespace vigie::agent::backup

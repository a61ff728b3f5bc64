// Logs of the host's file system. May block, as reading does: not on the loop.
#pragma once
#include "agent/errors/log_files.hpp"

namespace vigie::agent::errors {

// A name that is a link is not followed: the agent may read every file of the host, and who may write into a folder of
// logs could have it read another one to the controller.
class SystemLogFiles final : public LogFiles {
  public:
    std::vector<std::string> find(const std::string& pattern, size_t count_max) override;
    std::optional<FileId> id_of(const std::string& path) override;
    Result<std::unique_ptr<LogFile>> open(const std::string& path) override;
    std::optional<std::string> find_renamed(const std::string& path, FileId id) override;
};

}  // namespace vigie::agent::errors

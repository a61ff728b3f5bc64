// Policy files from disk, with what they include. A file that cannot be read in full is left out with its reason.
#pragma once
#include <string>
#include <vector>

#include "agent/logs/policy_parser.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {

struct Policies {
    std::vector<Block> blocks;
    std::vector<std::string> warnings;
    std::vector<std::string> errors;
};

class PolicyReader {
  public:
    // `is_tolerant`: as logrotate reads, see PolicyContext.
    explicit PolicyReader(Files& files, bool is_tolerant = false) : files_(files) {
        context_.is_tolerant = is_tolerant;
    }

    // A file, or a folder: all its regular files but those with a taboo name. What one sets outside of blocks holds for
    // those behind it.
    void read(const std::string& path);
    Policies take() { return std::move(policies_); }

  private:
    void read_file(const std::string& path);
    void read_folder(const std::string& path);
    Result<std::string> text_of(const std::string& path);

    Files& files_;
    PolicyContext context_;
    Policies policies_;
    int depth_ = 0;
};

}  // namespace vigie::agent::logs

// A small file of /proc or /sys that stays open and is read again from its start.
#pragma once
#include <string>
#include <string_view>

#include "shared/core/error.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent {

// One buffer serves all files in turn: a text is valid until the next read.
class ReadBuffer {
  public:
    ReadBuffer();
    // pread from 0 to the end. too_large: over text_bytes_max.
    Result<std::string_view> fill(int fd, const std::string& path);

  private:
    std::string bytes_;
};
// /proc/net/dev of 5,000 interfaces is about 1 MiB; a file of more is not one that we should read each ten seconds.
constexpr size_t text_bytes_max = 4u << 20;

class ProcFile {
  public:
    explicit ProcFile(std::string path) : path_(std::move(path)) {}
    const std::string& path() const { return path_; }
    // Opens it when it is not open. After a failed read it is closed, so that the next call opens it afresh.
    Result<std::string_view> read(ReadBuffer& buffer);

  private:
    std::string path_;
    Fd file_;
};

// For files that are read once in a while: open, read, close.
Result<std::string_view> read_once(int folder, const char* name, ReadBuffer& buffer);

}  // namespace vigie::agent

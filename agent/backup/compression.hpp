// Zstandard frames, through contexts that are made once.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"

namespace vigie::agent::backup {

class Zstd {
  public:
    Zstd();
    ~Zstd();
    Zstd(const Zstd&) = delete;
    Zstd& operator=(const Zstd&) = delete;

    // One frame that states its content's size. Valid until the next call.
    std::string_view compress(std::string_view bytes);
    // corrupt when it is no frame; too_large when it holds more than bytes_max.
    Result<std::string> decompress(std::string_view frame, size_t bytes_max);

  private:
    struct Contexts;
    std::unique_ptr<Contexts> contexts_;
};

}  // namespace vigie::agent::backup

// Chunks of some tens of series in one row: series of a kind are alike, so that zstd finds much in common, and a read
// of one series passes over the others without decoding them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::controller::blocks {

class PackWriter {
  public:
    void add(uint64_t series, std::string_view chunk);
    size_t count() const { return entries_.size(); }
    size_t bytes() const { return chunks_.size(); }
    // The pack of what was added; then it is empty again.
    std::string take();

  private:
    struct Entry {
        uint64_t series;
        size_t bytes;
    };
    std::vector<Entry> entries_;
    std::string chunks_;
};

// Views into the row.
class Pack {
  public:
    struct Entry {
        uint64_t series = 0;
        std::string_view chunk;
    };
    static Result<Pack> read(std::string_view row);
    const std::vector<Entry>& entries() const { return entries_; }  // in the order in which they were added
    const Entry* find(uint64_t series) const;

  private:
    std::vector<Entry> entries_;
};

}  // namespace vigie::controller::blocks

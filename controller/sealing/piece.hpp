// A piece under construction: blocks of some hosts in one slot, as rows for one batch.
#pragma once
#include <string>
#include <vector>

#include "controller/store/block_rows.hpp"

namespace vigie::controller {

class Piece {
  public:
    Piece(Tier tier, uint32_t slot, uint32_t number) : tier_(tier), slot_(slot), number_(number) {}

    void add_chunk(uint64_t place, uint64_t series, const std::string& chunk);
    // The host whose chunks were added. `seals` of the block that it replaces, 0 when there is none.
    void add_host(const AgentId& agent, std::vector<int64_t> times_ms, uint8_t seals_before);
    size_t bytes() const { return chunks_.size(); }
    size_t hosts() const { return hosts_; }
    uint32_t slot() const { return slot_; }
    // Puts all rows; then the piece is of no more use.
    void put(StoreBatch& batch);

  private:
    struct Entry {
        uint64_t place;
        uint64_t series;
        size_t first;
        size_t bytes;
    };
    const Tier tier_;
    const uint32_t slot_;
    const uint32_t number_;
    size_t hosts_ = 0;
    std::vector<Entry> entries_;
    std::string chunks_;
    StoreBatch times_;
};

}  // namespace vigie::controller

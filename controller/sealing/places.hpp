// Where each series stands in packs (place_of), by its id. Eight bytes a series, read from the store once.
#pragma once
#include <array>
#include <unordered_map>

#include "controller/store/block_rows.hpp"

namespace vigie::controller {

class Places {
  public:
    // 0 for an id that no series has.
    Result<uint64_t> place(const StoreReader& store, uint64_t series);

  private:
    static constexpr size_t page_ids = 4'096;
    Result<void> read_new(const StoreReader& store);

    std::unordered_map<uint64_t, std::array<uint64_t, page_ids>> pages_;  // by id / page_ids
    uint64_t next_ = 0;                                                   // ids from here on are not read yet
};

}  // namespace vigie::controller

// Where each series stands in packs (place_of), by its id. Eight bytes a series, read from the store once.
#pragma once
#include <vector>

#include "controller/store/block_rows.hpp"

namespace vigie::controller {

class Places {
  public:
    // 0 for an id that no series has.
    Result<uint64_t> place(const StoreReader& store, uint64_t series);

  private:
    Result<void> read_new(const StoreReader& store);
    std::vector<uint64_t> by_id_;
};

}  // namespace vigie::controller

// What a step of sealing gives.
#pragma once
#include "controller/store/state_store.hpp"

namespace vigie::controller {

struct SealedPiece {
    StoreBatch batch;
    size_t hosts = 0;
    size_t samples = 0;
};

}  // namespace vigie::controller

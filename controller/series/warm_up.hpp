// What the first queries after a start would read from disk and unpack, read beforehand, and one of them asked, so that
// they cost what later ones do. Any thread.
#pragma once
#include <atomic>

#include "controller/store/state_store.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

// Keys and values as they stand in the store's cache. Together they fit it, with room for what is read meanwhile.
struct WarmUpLimits {
    Bytes index_max = 8_MiB;     // of the index
    Bytes samples_max = 44_MiB;  // of sealed blocks, the newest first
};

struct WarmedUp {
    size_t index_bytes = 0;
    size_t sample_bytes = 0;
};

// Ends early when `cancelled`, and where the store can't be read: whoever asks for that part is told why.
WarmedUp warm_up(const StateStore& store, const std::atomic<bool>& cancelled, const WarmUpLimits& limits = {});

// Asks for the rate of some series over the newest ten minutes, for nobody: what a thread does for the first time costs
// as much again as a small query. The samples of the answer; 0 when there is none.
size_t rehearse(const StateStore& store, const Clock& clock, const std::atomic<bool>& cancelled);

}  // namespace vigie::controller

// How far each coarser tier is made. Rows of Family::meta, and of Family::chunks for what is to be made again.
#pragma once
#include "controller/store/block_rows.hpp"

namespace vigie::controller {

// All slots before it are made. Nothing: none yet.
Result<std::optional<uint32_t>> made_before(const StoreReader& store, Tier tier);
void put_made_before(Tier tier, uint32_t slot, StoreBatch& batch);

// A host's block of a finer tier has changed after this one was made of it.
std::string remake_key(Tier tier, uint32_t slot, const AgentId& agent);
// Of one tier all of them, by slot and host.
std::string remake_start(Tier tier);

}  // namespace vigie::controller

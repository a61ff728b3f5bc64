// How far each coarser tier is made. Rows of Family::meta, and of Family::chunks for what is to be made again.
#pragma once
#include "controller/store/block_rows.hpp"

namespace vigie::controller {

// All slots before it are made. Nothing: none yet.
Result<std::optional<uint32_t>> made_before(const StoreReader& store, Tier tier);
void put_made_before(Tier tier, uint32_t slot, StoreBatch& batch);
// Some hosts' blocks of the slot are made, others are not yet.
void put_being_made(Tier tier, uint32_t slot, StoreBatch& batch);
// Whether blocks of the slot may be made already, all or some: what changes below them is to be noted.
Result<bool> is_begun(const StoreReader& store, Tier tier, uint32_t slot);

// A host's block of a finer tier has changed after this one was made of it.
std::string remake_key(Tier tier, uint32_t slot, const AgentId& agent);
// The first slot with a block that is to be made again; nothing: there is none.
Result<std::optional<uint32_t>> first_remade(const StoreReader& store, Tier tier);
// Of one tier all of them, by slot and host.
std::string remake_start(Tier tier);

}  // namespace vigie::controller

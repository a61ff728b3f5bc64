// What each check of each host said last: rows of Family::meta, "check" / host / check -> when and what. The state
// itself is a metric; the text is told by the event of its last change.
#pragma once
#include <map>
#include <string>

#include "controller/store/event_log.hpp"
#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

struct CheckText {
    WallTime at{};     // the host's clock
    std::string text;  // "CRITICAL hard 3/3: Connection refused"
};

// A host that makes up names of checks shall not fill the store: an agent has at most 256 of them, and some that its
// configuration had before.
constexpr size_t check_texts_max = 1024;

// Of the event of a check, as ingest writes it: "HOST: check:NAME: TEXT". Nothing when it is of something else, or of
// one check too many.
Result<void> note_check_text(const StateStore& store, const Event& event, StoreBatch& batch);
void forget_check_texts(const AgentId& agent, StoreBatch& batch);
// By the checks' names. Any thread.
Result<std::map<std::string, CheckText>> check_texts(const StoreReader& store, const AgentId& agent);

}  // namespace vigie::controller

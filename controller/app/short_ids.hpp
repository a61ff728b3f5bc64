// Ids as people type them: the beginning of one is enough when no other begins so.
#pragma once
#include <map>
#include <set>
#include <string>

#include "controller/store/state_store.hpp"

namespace vigie::controller {

// Shorter ones would soon be ambiguous; restic shows as many digits of a snapshot.
constexpr size_t short_id_min = 8;

// For each id the shortest beginning, of short_id_min characters or more, that no other of them has.
std::map<std::string, std::string> short_ids(const std::set<std::string>& ids);

// The same for one id among the keys `before` + id of a family. Any thread.
Result<std::string> short_id_in(const StateStore& store, Family family, std::string_view before, std::string_view id);

// The whole id that begins with `given`, of the keys `before` + id. not_found and, naming some of them, conflict when
// several do; `what` is the word for such a thing ("run"). Any thread.
Result<std::string> whole_id(const StateStore& store, Family family, std::string_view before, std::string_view given,
                             std::string_view what);

}  // namespace vigie::controller

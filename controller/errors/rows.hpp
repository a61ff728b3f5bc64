// What Family::errors holds, and reading it. Reads see what is durable; any thread.
//   "g" + fingerprint         -> a group
//   "s" + fingerprint         -> its sample
//   "h" + fingerprint + host  -> what the host had of it
//   "n"                       -> how many groups there are
#pragma once
#include <vector>

#include "controller/errors/group.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller::errors {

std::string group_key(std::string_view fingerprint);
std::string sample_key(std::string_view fingerprint);
std::string host_key(std::string_view fingerprint, std::string_view host);
std::string count_key();

std::string encode(const ErrorGroup& group);
std::string encode(const ErrorSample& sample);
std::string encode(const HostShare& share);
std::string encode_count(uint64_t count);
// corrupt when the row does not have its form. `fingerprint`: of its key.
Result<ErrorGroup> decode_group(std::string_view fingerprint, std::string_view row);
Result<ErrorSample> decode_sample(std::string_view row);
Result<HostShare> decode_share(std::string_view row);
Result<uint64_t> decode_count(std::string_view row);

// All of them, as many as groups_max of book.hpp at most, in no order that means anything.
Result<std::vector<ErrorGroup>> list_groups(const StoreReader& store);
Result<std::optional<ErrorGroup>> find_group(const StoreReader& store, std::string_view fingerprint);
Result<std::optional<ErrorSample>> find_sample(const StoreReader& store, std::string_view fingerprint);
Result<std::vector<std::pair<std::string, HostShare>>> hosts_of(const StoreReader& store, std::string_view fingerprint);

}  // namespace vigie::controller::errors

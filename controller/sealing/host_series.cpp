// Two looks into Family::sidx.
#include "controller/sealing/host_series.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {

Result<std::set<uint64_t>> series_of(const StoreReader& store, const AgentId& agent) {
    std::set<uint64_t> ids;
    Result<void> read;
    const auto note = [&read, &ids](const Result<uint64_t>& id) {
        read = id ? Result<void>() : fail(id.error());
        ids.insert(id.value_or(0));
        return read.has_value();
    };
    const auto own = keys::own_series_prefix(agent);
    VIGIE_CHECK(store.scan(Family::sidx, own, keys::after_prefix(own),
                           [&note](auto, std::string_view row) { return note(keys::read_number(row)); }));
    VIGIE_CHECK(read);
    const auto named = keys::posting_prefix("instance", agent.value);
    VIGIE_CHECK(store.scan(Family::sidx, named, keys::after_prefix(named), [&note](std::string_view key, auto) {
        return note(keys::read_posting(key).map([](const keys::PostingKey& posting) { return posting.id; }));
    }));
    VIGIE_CHECK(read);
    return ids;
}

}  // namespace vigie::controller

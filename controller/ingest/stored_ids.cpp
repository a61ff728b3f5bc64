#include "controller/ingest/stored_ids.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {

Result<SeriesIds> stored_series_ids(const StoreReader& store, const AgentId& owner) {
    SeriesIds ids;
    Result<void> read;
    const auto prefix = keys::own_series_prefix(owner);
    VIGIE_CHECK(
        store.scan(Family::sidx, prefix, keys::after_prefix(prefix), [&](std::string_view key, std::string_view row) {
            const auto id = keys::read_number(row);
            if (!id) {
                read = fail(id.error());
                return false;
            }
            ids.emplace(key.substr(prefix.size()), *id);
            return true;
        }));
    VIGIE_CHECK(std::move(read));
    return ids;
}

}  // namespace vigie::controller

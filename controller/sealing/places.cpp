// Ids count up from 1, mostly without holes; a hole, however wide, costs nothing.
#include "controller/sealing/places.hpp"

namespace vigie::controller {

Result<uint64_t> Places::place(const StoreReader& store, uint64_t series) {
    if (series >= next_) {
        VIGIE_CHECK(read_new(store));
    }
    const auto page = pages_.find(series / page_ids);
    return page == pages_.end() ? 0 : page->second[series % page_ids];
}

Result<void> Places::read_new(const StoreReader& store) {
    Result<void> read;
    VIGIE_CHECK(
        store.scan(Family::series, keys::series(next_), "", [this, &read](std::string_view key, std::string_view row) {
            const auto id = keys::read_series(key);
            const auto labels = read_label_row(row);
            if (!id || !labels || *id == UINT64_MAX) {
                read = fail(ErrorCode::corrupt, "store: the labels of a series can't be read");
                return false;
            }
            pages_[*id / page_ids][*id % page_ids] = place_of(*labels);
            next_ = *id + 1;
            return true;
        }));
    return read;
}

}  // namespace vigie::controller

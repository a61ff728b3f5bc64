// Ids count up from 1 without holes, so a vector is the map.
#include "controller/sealing/places.hpp"

namespace vigie::controller {

namespace {
// A damaged key must not make the vector as large as it says.
constexpr uint64_t hole_max = 1'000'000;
}  // namespace

Result<uint64_t> Places::place(const StoreReader& store, uint64_t series) {
    if (series >= by_id_.size()) {
        VIGIE_CHECK(read_new(store));
    }
    return series < by_id_.size() ? by_id_[series] : 0;
}

Result<void> Places::read_new(const StoreReader& store) {
    Result<void> read;
    VIGIE_CHECK(store.scan(Family::series, keys::series(by_id_.size()), "",
                           [this, &read](std::string_view key, std::string_view row) {
                               const auto id = keys::read_series(key);
                               const auto labels = read_label_row(row);
                               if (!id || !labels || *id - by_id_.size() > hole_max) {
                                   read = fail(ErrorCode::corrupt, "store: the labels of a series can't be read");
                                   return false;
                               }
                               by_id_.resize(*id + 1);
                               by_id_[*id] = place_of(*labels);
                               return true;
                           }));
    return read;
}

}  // namespace vigie::controller

// Rows of one kind as far as they can be read: a damaged one is passed over and told, so that it takes no other with
// it.
#pragma once
#include <string>
#include <vector>

#include "controller/store/keys.hpp"
#include "controller/store/state_store.hpp"

namespace vigie::controller {

struct DamagedRow {
    std::string id;       // what stands behind the kind in its key
    std::string problem;  // for people: "silence '5f0c21aa': …"
};

// `kind`: what the keys begin with; `name`: what one row is called; `decode`: its bytes to Result<Row>. Damaged rows
// are added to `damaged` when it is given. Errors are the store's.
template <typename Row, typename Decode>
Result<std::vector<Row>> list_readable(const StoreReader& store, Family family, std::string_view kind,
                                       std::string_view name, Decode decode, std::vector<DamagedRow>* damaged) {
    std::vector<Row> all;
    VIGIE_CHECK(store.scan(family, kind, keys::after_prefix(kind), [&](std::string_view key, std::string_view bytes) {
        Result<Row> row = decode(bytes);
        const auto id = key.substr(kind.size());
        if (row) {
            all.push_back(std::move(*row));
        } else if (damaged != nullptr) {
            damaged->push_back({std::string(id), row.error().at(fmt::format("{} '{}'", name, id)).message});
        }
        return true;
    }));
    return all;
}

}  // namespace vigie::controller

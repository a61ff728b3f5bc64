// Series and rows of hosts in a store in memory, as ingest writes them.
#pragma once
#include <boost/test/unit_test.hpp>

#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"
#include "controller/store/series_rows.hpp"

namespace vigie::tests {

namespace keys = controller::keys;

struct Stored {
    controller::MemoryStore store;
    uint64_t seq = 0;

    void add_series(uint64_t id, const std::string& host, const std::string& text) {
        auto labels = controller::parse_series(text).value();
        labels["instance"] = host;
        controller::StoreBatch batch;
        batch.put(controller::Family::series, keys::series(id), controller::label_row(labels));
        batch.put(controller::Family::sidx, keys::own_series(AgentId{host}, text), keys::number(id));
        for (const auto& [name, value] : labels) {
            batch.put(controller::Family::sidx, keys::posting(name, value, id), "");
        }
        BOOST_REQUIRE(store.commit(batch));
    }
    void add_row(const std::string& host, WallTime at, std::vector<uint64_t> ids, std::vector<double> values,
                 uint64_t incarnation = 1) {
        controller::StoreBatch batch;
        batch.put(controller::Family::head, keys::head(keys::head_bucket(at), AgentId{host}, incarnation, ++seq),
                  controller::sample_row(
                      {.sampled_at = at, .received_at = at, .series = std::move(ids), .values = std::move(values)}));
        BOOST_REQUIRE(store.commit(batch));
    }
    size_t rows(controller::Family family) const {
        size_t count = 0;
        BOOST_REQUIRE(store.scan(family, "", "", [&count](auto, auto) { return ++count > 0; }));
        return count;
    }
};

}  // namespace vigie::tests

// The series that the controller makes itself (recording rules): which id each of their label sets has. Their rows name
// the owner, as a host's name stands in the labels of its own series and in no other way in these.
#pragma once
#include <span>
#include <unordered_map>
#include <vector>

#include "controller/ingest/stored_ids.hpp"
#include "controller/store/series_rows.hpp"
#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller {

// Since ever, as their ids stay in memory.
struct RecordedCaps {
    size_t of_owner = 100'000;  // ten thousand hosts with ten series each
    size_t in_all = 500'000;    // about 100 MiB
};

// An owner's name begins with this, as no host's does.
constexpr char recording_owner_mark = '\x1f';

class RecordedSeries {
  public:
    explicit RecordedSeries(const StateStore& store, RecordedCaps caps = {}) : store_(store), caps_(caps) {}

    // Counts what is stored. Before anything else.
    Result<void> load();
    size_t count() const { return count_; }

    // An id for each label set; new ones get rows and take numbers from `next_id`. too_large: more than a cap, and
    // nothing has changed.
    Result<std::vector<uint64_t>> resolve(const AgentId& owner, std::span<const std::pair<LabelSet, double>> samples,
                                          uint64_t& next_id, StoreBatch& batch);
    // Those of the samples whose series have ids already, in their order.
    Result<std::vector<std::pair<LabelSet, double>>> known_of(const AgentId& owner,
                                                              std::span<const std::pair<LabelSet, double>> samples);
    // How many series are new since the last commit, and: those beyond so many were taken out of the batch again.
    size_t added() const { return added_.size(); }
    void undo_to(size_t added);
    // Not stored: what is cached may be ahead of the store and is forgotten.
    void on_committed(bool is_stored);

  private:
    Result<SeriesIds*> ids_of(const AgentId& owner);

    const StateStore& store_;
    const RecordedCaps caps_;
    size_t count_ = 0;
    std::unordered_map<AgentId, SeriesIds> owners_;
    std::vector<std::pair<AgentId, std::string>> added_;
};

}  // namespace vigie::controller

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

class RecordedSeries {
  public:
    explicit RecordedSeries(const StateStore& store) : store_(store) {}

    // An id for each label set; new ones get rows and take numbers from `next_id`.
    Result<std::vector<uint64_t>> resolve(const AgentId& owner, std::span<const std::pair<LabelSet, double>> samples,
                                          uint64_t& next_id, StoreBatch& batch);
    // How many series are new since the last commit, and: those beyond so many were taken out of the batch again.
    size_t added() const { return added_.size(); }
    void undo_to(size_t added);
    // Not stored: what is cached may be ahead of the store and is forgotten.
    void on_committed(bool is_stored);

  private:
    Result<SeriesIds*> ids_of(const AgentId& owner);

    const StateStore& store_;
    std::unordered_map<AgentId, SeriesIds> owners_;
    std::vector<std::pair<AgentId, std::string>> added_;
};

}  // namespace vigie::controller

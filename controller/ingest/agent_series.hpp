// The series of one agent: which id each line of its schema has. An unchanged schema costs a comparison of bytes.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/store/series_rows.hpp"
#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller {

struct Series {
    uint64_t id = 0;
    LabelSet labels{};
};
using SeriesList = std::vector<Series>;

// Why lines of a schema were left out.
struct SeriesRefusal {
    size_t over_cap = 0;
    size_t malformed = 0;  // or twice
    std::string example;   // the first such line
    std::string label;     // of those over the cap: the label with the most values, which is what exploded
    size_t count() const { return over_cap + malformed; }
};

struct ResolvedSchema {
    // A shared_ptr though STYLE asks for a reason: rules on another thread still read the list after the agent sent a
    // new schema. It never changes.
    std::shared_ptr<const SeriesList> series;
    std::vector<size_t> places;  // of series[i]: its line in the schema
    size_t lines = 0;
    SeriesRefusal refusal;
};

class AgentSeries {
  public:
    // Counts the series stored.
    static Result<std::unique_ptr<AgentSeries>> open(const StateStore& store, const AgentId& agent);

    // Ids for a schema; new series get rows and take numbers from `next_id`. Valid until the next call.
    Result<const ResolvedSchema*> resolve(const std::string& schema, size_t series_max, uint64_t& next_id,
                                          StoreBatch& batch);
    // What resolve() added is in the store now.
    void on_stored() { unstored_.clear(); }

  private:
    AgentSeries(const StateStore& store, AgentId agent, size_t count)
        : store_(store), agent_(std::move(agent)), count_(count) {}
    Result<std::optional<uint64_t>> find(const std::string& line) const;
    uint64_t add(const std::string& line, const LabelSet& labels, uint64_t& next_id, StoreBatch& batch);

    const StateStore& store_;
    const AgentId agent_;
    size_t count_;
    std::string schema_;
    ResolvedSchema resolved_;
    std::unordered_map<std::string, uint64_t> unstored_;  // series added since the last commit
};

}  // namespace vigie::controller

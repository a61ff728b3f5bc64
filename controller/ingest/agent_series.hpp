// The series of one agent: which id each line of its schema has. An unchanged schema costs a comparison of bytes.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/ingest/stored_ids.hpp"
#include "controller/store/series_rows.hpp"
#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller {

// The series of one schema. Labels are kept only of those that somebody watches: with a hundred series a host and ten
// thousand hosts the others' would take 600 MB, and whoever asks for them finds them in the store.
struct SeriesList {
    struct Watched {
        uint32_t place = 0;  // in ids
        LabelSet labels{};
    };
    std::vector<uint64_t> ids{};
    std::vector<Watched> watched{};
    std::vector<uint32_t> readers{};  // who is told that samples of any of the series came; rising
};
// Who wants a series: its labels are kept with the samples for those who look at each of them, the others are told that
// there are new ones.
struct SeriesInterest {
    bool wants_labels = false;
    std::vector<uint32_t> readers{};
};
using InterestIn = std::function<SeriesInterest(const LabelSet&)>;

// Why lines of a schema were left out.
struct SeriesRefusal {
    size_t over_cap = 0;
    size_t over_total = 0;
    size_t malformed = 0;  // or twice
    std::string example;   // the first such line
    size_t cap = 0;        // that the first one over a cap met: an application's is lower than the host's own
    std::string label;     // of the series that count: the label with the most values, which is what exploded
    size_t count() const { return over_cap + over_total + malformed; }
};

// How many series there may be, and how much work one agent's new schemas may be in one commit: a line that is looked
// up is 1. What an agent has already is taken whatever the caps.
struct SeriesCaps {
    size_t of_agent = 0;  // that had samples within series_counted_for
    size_t of_agent_ever = 0;
    uint64_t in_all = 0;         // ever
    size_t work_per_commit = 1;  // at least 1
};

// A series that ended makes room for another after so long. One that comes back meanwhile is the same one: what is idle
// at night shall find its place in the morning.
constexpr milliseconds series_counted_for = std::chrono::hours{24};
// Series that have room again are looked for so often at most: that reads the agent's whole schema.
constexpr milliseconds room_looked_for_after = std::chrono::minutes{10};

struct ResolvedSchema {
    // A shared_ptr though STYLE asks for a reason: rules on another thread still read the list after the agent sent a
    // new schema. It never changes.
    std::shared_ptr<const SeriesList> series;
    std::vector<uint32_t> places;  // of series->ids[i]: its line in the schema
    uint32_t lines = 0;
    SeriesRefusal refusal;
};

class AgentSeries {
  public:
    // Keeps the references.
    AgentSeries(const StateStore& store, AgentId agent, const InterestIn& interest_in);
    ~AgentSeries();

    // How many series a schema names. Not counted again for the schema that resolve() took last.
    size_t count_of(const std::string& schema) const;
    // Ids for a schema that arrived now; new series get rows and take numbers from `next_id`. Valid until the next
    // call. Null: it is more work than one commit takes; once what was added is stored, the next call with it goes on
    // from there.
    Result<const ResolvedSchema*> resolve(const std::string& schema, const SeriesCaps& caps, WallTime now,
                                          uint64_t& next_id, StoreBatch& batch);
    // Since the last on_stored(): that must then follow the commit.
    bool has_worked() const { return work_ > 0; }
    // What resolve() added is in the store now.
    void on_stored();

  private:
    struct Resolving;
    bool is_current(const std::string& schema) const { return resolved_.series && schema == schema_; }
    Result<std::optional<uint64_t>> find(const std::string& line, const Resolving& resolving) const;
    bool is_room_due(WallTime now) const { return look_for_room_at_ && now >= *look_for_room_at_; }
    Result<void> begin(const std::string& schema, const SeriesCaps& caps, WallTime now);
    Result<void> name_culprit(const Resolving& resolving, SeriesRefusal& refusal) const;
    Result<bool> advance(Resolving& resolving, const SeriesCaps& caps, uint64_t& next_id, StoreBatch& batch);
    uint64_t add(const std::string& line, const LabelSet& labels, uint64_t& next_id, StoreBatch& batch);

    const StateStore& store_;
    const AgentId agent_;
    const InterestIn& interest_in_;
    std::optional<size_t> count_;  // of the agent's series, ever; known from its first schema on
    // Series of earlier schemas that still count, and when they were in one last. What was before a start is not among
    // them.
    std::unordered_map<uint64_t, WallTime> ended_;
    std::optional<WallTime> look_for_room_at_;  // of a schema with series over the cap
    std::string schema_;
    ResolvedSchema resolved_;
    WallTime resolved_seen_at_{};           // when it arrived last
    std::unique_ptr<Resolving> resolving_;  // a schema that more commits than one must take
    SeriesIds unstored_;                    // series added since the last commit
    size_t work_ = 0;                       // since then
};

}  // namespace vigie::controller

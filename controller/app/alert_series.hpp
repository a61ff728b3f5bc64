// The series ALERTS and ALERTS_FOR_STATE of all alerts that are not over, in the batch of whatever moved them. The
// alerts of one owner (a host, a group of rules) stand in one row, so a series ends with the first row that lacks it.
// Confined to the committer's thread.
#pragma once
#include <optional>
#include <unordered_map>

#include "controller/alerts/book.hpp"
#include "controller/ingest/ingest.hpp"

namespace vigie::controller {

// Alerts of owners of whom nothing is evaluated now, such as a silent host, are written again this often: a query takes
// a sample as current for five minutes.
constexpr milliseconds alert_series_period = std::chrono::minutes{1};

class AlertSeries {
  public:
    // Keeps the references.
    AlertSeries(alerts::AlertBook& book, Ingest& ingest) : book_(book), ingest_(ingest) {}

    // After each call of the book that moved alerts. `at`: what they were evaluated for; an owner's rows are in the
    // order in which they are written all the same, and none is in the future, so that they tell what was known when. A
    // failure is told: no alert waits for its series.
    void write(const AgentId& owner, WallTime at, WallTime now, StoreBatch& batch);
    void write_changed(const alerts::Applied& applied, WallTime at, WallTime now, StoreBatch& batch);
    // Now and then.
    void refresh(WallTime now, StoreBatch& batch);
    // Not stored: what is known may be ahead of the store.
    void on_committed(bool is_stored);

  private:
    void put(const AgentId& owner, WallTime at, WallTime now, bool is_changed, StoreBatch& batch);
    void note(const Result<void>& recorded, WallTime now, StoreBatch& batch);

    alerts::AlertBook& book_;
    Ingest& ingest_;
    std::unordered_map<AgentId, WallTime> written_;  // each owner's last row
    std::optional<WallTime> written_before_;         // none is later, of owners that are not in written_
    WallTime refreshed_at_{};
    bool is_failing_ = false;
};

}  // namespace vigie::controller

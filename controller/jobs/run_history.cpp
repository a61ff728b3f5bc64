// Reads of Family::runs.
#include "controller/jobs/run_history.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {
// The least id of a run made at the instant or later; "" for the end of time.
std::string id_from(WallTime time) {
    constexpr int64_t ms_max = (int64_t{1} << 48) - 1;  // 12 hex digits
    return unix_ms(time) > ms_max ? std::string() : fmt::format("{:012x}", std::max<int64_t>(unix_ms(time), 0));
}

bool is_wanted(const JobRun& run, const RunFilter& filter) {
    return (!filter.agent || run.agent == *filter.agent) && (!filter.job || run.job == *filter.job) &&
           (!filter.plan || run.plan == *filter.plan) && (!filter.phase || run.phase == *filter.phase);
}
}  // namespace

Result<std::vector<JobRun>> list_runs(const StateStore& store, const RunFilter& filter) {
    std::vector<JobRun> runs;
    Result<void> outcome;
    size_t seen = 0;
    VIGIE_CHECK(store.scan_back(Family::runs, id_from(filter.since), id_from(filter.until),
                                [&](std::string_view id, std::string_view row) {
                                    auto run = decode_run(id, row);
                                    if (!run) {
                                        outcome = fail(run.error());
                                        return false;
                                    }
                                    if (is_wanted(*run, filter)) {
                                        runs.push_back(std::move(*run));
                                    }
                                    return runs.size() < filter.limit && ++seen < history_scan_max;
                                }));
    VIGIE_CHECK(outcome);
    return runs;
}

Result<std::optional<JobRun>> find_run(const StateStore& store, const RunId& id) {
    VIGIE_TRY(const auto row, store.get(Family::runs, keys::run(id)));
    if (!row) {
        return std::nullopt;
    }
    VIGIE_TRY(auto run, decode_run(id.value, *row));
    return run;
}

Result<bool> prune_runs(const StateStore& store, WallTime before, StoreBatch& batch) {
    auto end = id_from(before);
    VIGIE_CHECK(store.scan(Family::jobs, "", "", [&end](std::string_view oldest_active, std::string_view) {
        end = std::min(end, std::string(oldest_active));
        return false;
    }));
    batch.erase_range(Family::runs, "", end);
    const auto keys_before = before - 2 * std::chrono::hours{24};
    size_t erased = 0;
    VIGIE_CHECK(store.scan(Family::runidx, "", "", [&](std::string_view key, std::string_view) {
        keys::KeyReader reader(key);
        reader.text();
        reader.text();
        if (const auto instant = wall_from_unix_ms(reader.i64()); reader.is_ok() && instant < keys_before) {
            batch.erase(Family::runidx, std::string(key));
            ++erased;
        }
        return erased < prune_keys_max;
    }));
    return erased == prune_keys_max;
}

}  // namespace vigie::controller

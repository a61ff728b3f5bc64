// A row: a version, then the fields that the key does not have.
#include "controller/jobs/run_span.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {

constexpr uint8_t row_version = 1;
constexpr std::string_view row_kind = "r";  // the first byte of each key

std::string key_from(WallTime over_at) {
    return keys::KeyWriter().rest(row_kind).i64(unix_ms(over_at)).take();
}

// What is added up later: a damaged row, or a timeout of an age, must not lead beyond the end of time.
WallTime in_time(WallTime at) {
    return wall_from_unix_ms(host_time_ms(unix_ms(at)));
}
milliseconds in_time(milliseconds lease) {
    return milliseconds{host_time_ms(lease.count())};
}

RunSpan span_of(const JobRun& run) {
    return {.run = run.id,
            .plan = run.plan,
            .job = run.job,
            .agent = run.agent,
            .begun_at = in_time(run.dispatched_at),
            .lease = in_time(lease_of(run))};
}

Result<RunSpan> decode_end(std::string_view key, std::string_view bytes) {
    RunSpan span;
    key.remove_prefix(row_kind.size());
    keys::KeyReader key_reader(key);
    span.over_at = wall_from_unix_ms(key_reader.i64());
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    span.plan = row.bytes();
    span.job = row.bytes();
    span.agent = AgentId{row.bytes()};
    span.begun_at = in_time(wall_from_unix_ms(row.i64()));
    span.lease = in_time(milliseconds{row.i64()});
    if (!key_reader.is_ok() || !row.is_ok() || !row.is_done() || version != row_version) {
        return fail(ErrorCode::corrupt, "the row of a run's end, of {} bytes, is not readable", bytes.size());
    }
    span.run = RunId{std::string(key.substr(sizeof(int64_t)))};
    return span;
}

void note_damaged(std::string_view id, const Error& error, std::vector<DamagedRow>* damaged) {
    if (damaged != nullptr) {
        damaged->push_back({std::string(id), error.at(fmt::format("run '{}'", id)).message});
    }
}

Result<void> add_under_way(const StoreReader& store, std::vector<RunSpan>& spans, std::vector<DamagedRow>* damaged) {
    std::vector<std::string> ids;
    VIGIE_CHECK(store.scan(Family::jobs, "", "", [&ids](std::string_view id, std::string_view mark) {
        if (mark != not_begun_mark) {
            ids.emplace_back(id);
        }
        return true;
    }));
    for (const auto& id : ids) {
        VIGIE_TRY(const auto row, store.get(Family::runs, keys::run(RunId{id})));
        if (!row) {
            continue;
        }
        const auto run = decode_run(id, *row);
        if (!run) {
            note_damaged(id, run.error(), damaged);
        } else if (has_begun(*run) && !is_over(run->phase)) {
            spans.push_back(span_of(*run));
        }
    }
    return {};
}

}  // namespace

bool has_begun(const JobRun& run) {
    return run.phase == RunPhase::starting || run.phase == RunPhase::running || run.started_at_unix_ms > 0 ||
           run.attempts > 0;
}

void put_span_end(const JobRun& run, WallTime over_at, StoreBatch& batch) {
    const auto span = span_of(run);
    keys::KeyWriter row;
    row.u8(row_version).bytes(span.plan).bytes(span.job).bytes(span.agent.value);
    row.i64(unix_ms(span.begun_at)).i64(span.lease.count());
    batch.put(Family::silences, key_from(over_at) + span.run.value, row.take());
}

Result<std::vector<RunSpan>> list_run_spans(const StoreReader& store, WallTime since,
                                            std::vector<DamagedRow>* damaged) {
    std::vector<RunSpan> spans;
    // Those under way first: one that ends meanwhile is among both, not among neither.
    VIGIE_CHECK(add_under_way(store, spans, damaged));
    VIGIE_CHECK(store.scan(Family::silences, key_from(since), keys::after_prefix(row_kind),
                           [&](std::string_view key, std::string_view row) {
                               auto span = decode_end(key, row);
                               if (span) {
                                   spans.push_back(std::move(*span));
                               } else {
                                   const auto behind = std::min(key.size(), row_kind.size() + sizeof(int64_t));
                                   note_damaged(key.substr(behind), span.error(), damaged);
                               }
                               return true;
                           }));
    return spans;
}

// It is called each minute, and the family is read each second: no tombstone of a range that holds nothing.
Result<void> prune_span_ends(const StoreReader& store, WallTime before, StoreBatch& batch) {
    bool is_any = false;
    VIGIE_CHECK(store.scan(Family::silences, row_kind, key_from(before), [&is_any](auto, auto) {
        is_any = true;
        return false;
    }));
    if (is_any) {
        batch.erase_range(Family::silences, std::string(row_kind), key_from(before));
    }
    return {};
}

}  // namespace vigie::controller

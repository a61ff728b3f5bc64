// The rules of starts, cancels and reports over one table.
#include "agent/outbox/run_ledger.hpp"

#include "agent/outbox/database.hpp"
#include "agent/outbox/outbox.hpp"
#include "shared/core/assert.hpp"

namespace vigie::agent {

using protocol::RunState;

struct RunLedger::Statements {
    Statement save;
    Statement find;
    Statement unfinished;
    Statement finish_order_max;
    Statement prune;
};

namespace {

// A run's message is one line for people; the ledger keeps no more of it.
constexpr size_t message_bytes_max = 1024;

constexpr auto columns =
    "run_id, fence, job, state, exit_code, recorded_at_unix_ms, started_at_unix_ms, ended_at_unix_ms, message, "
    "is_tombstone";

RunRecord record_of(const Statement& row) {
    RunRecord run;
    run.run_id = row.text(0);
    run.fence = static_cast<uint64_t>(row.number(1));
    run.job = row.text(2);
    run.state = static_cast<RunState>(row.number(3));
    run.exit_code = static_cast<int32_t>(row.number(4));
    run.recorded_at = wall_from_unix_ms(row.number(5));
    run.started_at_unix_ms = row.number(6);
    run.ended_at_unix_ms = row.number(7);
    run.message = row.text(8);
    run.is_tombstone = row.number(9) != 0;
    return run;
}

// Known not to be running, and not to have done the job's work.
bool may_start_again(const RunRecord& run) {
    return run.is_tombstone || run.state == RunState::indeterminate || run.state == RunState::refused;
}

}  // namespace

bool is_finished(RunState state) {
    return state != RunState::starting && state != RunState::running;
}

RunLedger::RunLedger(Database& database, Outbox& outbox, std::function<std::string(const protocol::RunReport&)> encode,
                     uint32_t finished_max)
    : database_(database),
      outbox_(outbox),
      encode_(std::move(encode)),
      finished_max_(finished_max),
      statements_(std::make_unique<Statements>()) {}
RunLedger::~RunLedger() = default;

Result<void> RunLedger::prepare() {
    auto& all = *statements_;
    VIGIE_TRY(all.save, database_.prepare("INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    VIGIE_TRY(all.find, database_.prepare(fmt::format("SELECT {} FROM run WHERE run_id=?", columns)));
    VIGIE_TRY(all.unfinished,
              database_.prepare(fmt::format(
                  "SELECT {} FROM run WHERE finish_order IS NULL ORDER BY recorded_at_unix_ms, run_id", columns)));
    VIGIE_TRY(all.finish_order_max,
              database_.prepare("SELECT max(finish_order) FROM run WHERE finish_order IS NOT NULL"));
    VIGIE_TRY(all.prune, database_.prepare("DELETE FROM run WHERE finish_order IS NOT NULL AND finish_order<=?"));
    return {};
}

void RunLedger::release() {
    *statements_ = Statements();
}

Result<void> RunLedger::save(const RunRecord& run) {
    VIGIE_TRY(const bool has_row, statements_->finish_order_max.step());
    const auto newest = has_row ? statements_->finish_order_max.number(0) : 0;
    statements_->finish_order_max.reset();
    auto& save = statements_->save;
    save.bind_text(1, run.run_id);
    save.bind(2, static_cast<int64_t>(run.fence));
    save.bind_text(3, run.job);
    save.bind(4, static_cast<int64_t>(run.state));
    save.bind(5, run.exit_code);
    save.bind(6, unix_ms(run.recorded_at));
    save.bind(7, run.started_at_unix_ms);
    save.bind(8, run.ended_at_unix_ms);
    save.bind_text(9, std::string_view(run.message).substr(0, message_bytes_max));
    save.bind(10, run.is_tombstone ? 1 : 0);
    if (is_finished(run.state)) {
        save.bind(11, newest + 1);
    } else {
        save.bind_null(11);
    }
    VIGIE_CHECK(save.run());
    return prune(newest + 1);
}

// Orders are given without holes but for rows saved twice, so at most finished_max_ rows stay.
Result<void> RunLedger::prune(int64_t newest) {
    statements_->prune.bind(1, newest - static_cast<int64_t>(finished_max_));
    return statements_->prune.run();
}

Result<std::optional<RunRecord>> RunLedger::find(std::string_view run_id) {
    statements_->find.bind_text(1, run_id);
    VIGIE_TRY(const bool has_row, statements_->find.step());
    if (!has_row) {
        return std::nullopt;
    }
    auto run = record_of(statements_->find);
    statements_->find.reset();
    return run;
}

Result<std::vector<RunRecord>> RunLedger::unfinished() {
    std::vector<RunRecord> runs;
    for (;;) {
        VIGIE_TRY(const bool has_row, statements_->unfinished.step());
        if (!has_row) {
            return runs;
        }
        runs.push_back(record_of(statements_->unfinished));
    }
}

// Runs `change` in a synced transaction.
template <typename T, typename Change>
Result<T> RunLedger::durably(Change change) {
    VIGIE_CHECK(database_.begin(true));
    Result<T> outcome = change();
    if (!outcome) {
        return fail(outbox_.undo(std::move(outcome.error())));
    }
    if (auto done = outbox_.commit(true); !done) {
        return fail(outbox_.undo(std::move(done.error())));
    }
    return outcome;
}

Result<StartOutcome> RunLedger::record_starting(const protocol::JobStart& start, WallTime now) {
    return durably<StartOutcome>([&] { return start_in_transaction(start, now); });
}

Result<StartOutcome> RunLedger::start_in_transaction(const protocol::JobStart& start, WallTime now) {
    VIGIE_TRY(auto known, find(start.run_id));
    if (known && start.fence < known->fence) {
        return StartOutcome{StartKind::superseded, std::move(*known)};
    }
    if (known && start.fence == known->fence) {
        return StartOutcome{known->is_tombstone ? StartKind::cancelled_before : StartKind::repeated, std::move(*known)};
    }
    if (known && !may_start_again(*known)) {
        known->fence = start.fence;
        VIGIE_CHECK(save(*known));
        return StartOutcome{StartKind::repeated, std::move(*known)};
    }
    RunRecord run{.run_id = start.run_id, .fence = start.fence, .job = start.job, .recorded_at = now, .message = {}};
    VIGIE_CHECK(save(run));
    return StartOutcome{StartKind::recorded, std::move(run)};
}

Result<CancelOutcome> RunLedger::record_cancel(std::string_view run_id, uint64_t fence, WallTime now) {
    return durably<CancelOutcome>([&] { return cancel_in_transaction(run_id, fence, now); });
}

Result<CancelOutcome> RunLedger::cancel_in_transaction(std::string_view run_id, uint64_t fence, WallTime now) {
    VIGIE_TRY(auto known, find(run_id));
    if (known && fence < known->fence) {
        return CancelOutcome{CancelKind::superseded, std::move(*known)};
    }
    if (known && !is_finished(known->state)) {
        return CancelOutcome{CancelKind::stop_it, std::move(*known)};
    }
    if (known && (fence == known->fence || !may_start_again(*known))) {
        const auto kind = known->is_tombstone ? CancelKind::tombstone_left : CancelKind::already_finished;
        return CancelOutcome{kind, std::move(*known)};
    }
    // Unknown, or a later dispatch than the one known, which would be started when it arrives.
    RunRecord tombstone{.run_id = std::string(run_id),
                        .fence = fence,
                        .job = {},
                        .state = RunState::cancelled,
                        .recorded_at = now,
                        .ended_at_unix_ms = unix_ms(now),
                        .message = {},
                        .is_tombstone = true};
    VIGIE_CHECK(save(tombstone));
    return CancelOutcome{CancelKind::tombstone_left, std::move(tombstone)};
}

Result<uint64_t> RunLedger::record(const protocol::RunReport& report, WallTime now) {
    return durably<uint64_t>([&] { return report_in_transaction(report, now); });
}

Result<uint64_t> RunLedger::report_in_transaction(const protocol::RunReport& report, WallTime now) {
    VIGIE_TRY(const auto known, find(report.run_id));
    if (known && is_finished(known->state) && !known->is_tombstone) {
        return fail(ErrorCode::conflict, "run {} has finished already", report.run_id);
    }
    RunRecord run{.run_id = report.run_id,
                  .fence = std::max(report.fence, known ? known->fence : 0),
                  .job = report.job,
                  .state = report.state,
                  .exit_code = report.exit_code,
                  .recorded_at = known ? known->recorded_at : now,
                  .started_at_unix_ms = report.started_at_unix_ms,
                  .ended_at_unix_ms = report.ended_at_unix_ms,
                  .message = report.message};
    VIGIE_CHECK(save(run));
    const auto entry = encode_(report);
    VIGIE_CHECK(outbox_.check_size(entry));
    VIGIE_TRY(const auto seq, outbox_.append_in_transaction(protocol::Stream::results, entry));
    return seq ? Result<uint64_t>(*seq) : fail(outbox_.no_room());
}

}  // namespace vigie::agent

// From a delay to a child to a result to the next delay.
#include "agent/checks/check_runner.hpp"

#include <algorithm>

#include "agent/checks/kinds.hpp"
#include "agent/checks/plugin_output.hpp"
#include "shared/core/assert.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {

constexpr milliseconds first_delay_max = 1min;

// Nagios reads four kilobytes, Icinga more; the text is cut to one, the rest is room for perfdata.
constexpr Bytes output_max = 16_KiB;

// Of output that was cut the last word may be the beginning of another: "load=12" of "load=1200".
std::string_view whole_words(const ChildExit& exit) {
    std::string_view text = exit.stdout_tail;
    if (!exit.is_cut || text.size() < output_max.count) {
        return text;
    }
    const auto last = text.find_last_of(" \t\n");
    return text.substr(0, last == text.npos ? text.size() : last);
}

// Of a run that ended without a plugin's status.
std::string why_no_status(const ChildExit& exit) {
    constexpr std::string_view not_started = "vigie-worker: run ";
    const auto said = parse_plugin_output(exit.stderr_tail).text;
    if (exit.signal == 0 && said.starts_with(not_started)) {
        return "can't be started: " + said.substr(not_started.size());
    }
    const auto what = exit.signal != 0 ? fmt::format("ended by signal {}", exit.signal)
                                       : fmt::format("exit status {} is none of 0 to 3", exit.exit_code);
    return said.empty() ? what : what + ": " + said;
}

}  // namespace

milliseconds first_delay(const Check& check, const CheckState& state) {
    const auto span = std::min(pause_after(state, check), first_delay_max);
    return milliseconds{static_cast<int64_t>(hash_of(check.name) % static_cast<uint64_t>(span.count()))};
}

milliseconds child_timeout(const Check& check) {
    return check.kind == "command" ? check.timeout : check.timeout + worker_margin;
}

ChildCommand command_of(const Check& check, const CheckRunnerOptions& options) {
    ChildCommand command;
    command.argv = {options.worker, "--die-with-parent"};
    for (auto& word : worker_words(check)) {
        command.argv.push_back(std::move(word));
    }
    command.environment = options.environment;
    command.environment["VIGIE_CHECK"] = check.name;
    command.stdout_max = output_max;
    command.keeps_stdout_head = true;  // the status line and its perfdata come first
    command.stderr_max = 1_KiB;
    command.ends_with_group = true;
    return command;
}

CheckResult result_of(const Check& check, const ChildExit& exit, bool is_timed_out, milliseconds duration) {
    auto output = parse_plugin_output(whole_words(exit));
    CheckResult result{.status = CheckStatus::unknown, .text = {}, .values = {}, .duration = duration};
    if (is_timed_out) {
        result.status = CheckStatus::critical;
        result.text = fmt::format("ended after {}, the longest it may take", format_duration(child_timeout(check)));
        return result;
    }
    if (exit.signal != 0 || exit.exit_code < 0 || exit.exit_code > 3) {
        result.text = why_no_status(exit);
        return result;
    }
    result.status = static_cast<CheckStatus>(exit.exit_code);
    result.text = std::move(output.text);
    result.values = std::move(output.values);
    if (result.text.empty()) {
        result.text = parse_plugin_output(exit.stderr_tail).text;
    }
    return result;
}

CheckRunner::CheckRunner(Children& children, const Clock& clock, CheckRunnerOptions options,
                         std::function<void(const CheckEvent&)> on_event, std::function<void()> on_change)
    : children_(children),
      clock_(clock),
      options_(std::move(options)),
      on_event_(std::move(on_event)),
      on_change_(std::move(on_change)) {}

CheckRunner::~CheckRunner() = default;

std::unique_ptr<CheckRunner::Entry> CheckRunner::take_unchanged(const Check& check) {
    auto wanted = check;
    for (auto& known : entries_) {
        if (known != nullptr && known->check.name == check.name) {
            wanted.place = known->check.place;  // a line further down is no other check
            return known->check == wanted ? std::move(known) : nullptr;
        }
    }
    return nullptr;
}

std::unique_ptr<CheckRunner::Entry> CheckRunner::make_entry(Check check) const {
    auto entry = std::make_unique<Entry>();
    if (const auto known = recalled(recalled_, check, clock_.wall())) {
        entry->state = known->state;
        entry->last = {.status = known->state.status, .text = {}, .values = {}, .duration = known->duration};
        entry->last_run_at = known->last_run_at;
    }
    entry->due = clock_.mono() + first_delay(check, entry->state);
    entry->check = std::move(check);
    return entry;
}

RememberedChecks CheckRunner::remembered() const {
    RememberedChecks known;
    for (const auto& entry : entries_) {
        if (entry->state.has_result) {
            known.emplace(entry->check.name, RememberedCheck{.definition = definition_hash(entry->check),
                                                             .state = entry->state,
                                                             .last_run_at = entry->last_run_at,
                                                             .duration = entry->last.duration});
        }
    }
    return known;
}

void CheckRunner::set_checks(std::vector<Check> checks) {
    VIGIE_ASSERT(children_.on_thread());
    std::vector<std::unique_ptr<Entry>> fresh;
    for (auto& check : checks) {
        auto entry = take_unchanged(check);
        if (entry == nullptr) {
            entry = make_entry(std::move(check));
            wait_until_due(*entry);
        }
        fresh.push_back(std::move(entry));
    }
    for (const auto& gone : entries_) {
        if (gone != nullptr) {
            std::erase(waiting_, gone.get());
            running_ -= gone->child != nullptr ? 1 : 0;
            running_hung_ -= gone->child != nullptr && gone->has_hung ? 1 : 0;
        }
    }
    entries_ = std::move(fresh);
    recalled_.clear();
    start_waiting();
}

void CheckRunner::wait_until_due(Entry& entry) {
    const auto left = std::chrono::duration_cast<milliseconds>(entry.due - clock_.mono());
    entry.next = children_.after(std::max(left, 0ms), [this, &entry] { on_due(entry); });
}

void CheckRunner::on_due(Entry& entry) {
    if (!has_place_for(entry)) {
        waiting_.push_back(&entry);
        return;
    }
    start(entry);
}

// Those that hung the last time may hold all places but one; where there is one only, that too.
bool CheckRunner::has_place_for(const Entry& entry) const {
    const auto for_hung = std::max<size_t>(options_.children_max, 2) - 1;
    return running_ < options_.children_max && (!entry.has_hung || running_hung_ < for_hung);
}

// Of the run that waits now, or of the last one.
milliseconds CheckRunner::lateness(const Entry& entry) const {
    const bool is_due = entry.child == nullptr && clock_.mono() > entry.due;
    return std::chrono::duration_cast<milliseconds>(is_due ? clock_.mono() - entry.due : entry.late);
}

void CheckRunner::start(Entry& entry) {
    VIGIE_ASSERT(entry.child == nullptr);
    entry.started = clock_.mono();
    entry.late = std::max<nanoseconds>(entry.started - entry.due, 0ns);
    if (entry.started - entry.due > entry.check.interval) {
        entry.due = entry.started;  // what was missed is not made up for
    }
    entry.is_timed_out = false;
    auto child = children_.start(command_of(entry.check, options_),
                                 [this, &entry](const ChildExit& exit) { on_exit(entry, exit); });
    if (!child) {
        return on_result(entry, {.status = CheckStatus::unknown, .text = child.error().message, .values = {}});
    }
    entry.child = std::move(*child);
    ++running_;
    running_hung_ += entry.has_hung ? 1 : 0;
    entry.timeout = children_.after(child_timeout(entry.check), [this, &entry] {
        entry.is_timed_out = true;
        entry.child->end_group(options_.kill_grace);
    });
}

void CheckRunner::on_exit(Entry& entry, const ChildExit& exit) {
    entry.timeout.reset();
    entry.child.reset();
    --running_;
    running_hung_ -= entry.has_hung ? 1 : 0;
    const auto took = std::chrono::duration_cast<milliseconds>(clock_.mono() - entry.started);
    // Probes of ours end by themselves at the timeout.
    entry.has_hung = entry.is_timed_out || took >= entry.check.timeout;
    on_result(entry, result_of(entry.check, exit, entry.is_timed_out, took));
    start_waiting();
}

void CheckRunner::on_result(Entry& entry, CheckResult result) {
    const auto now = clock_.wall();
    entry.last = std::move(result);
    entry.last_run_at = now;
    const auto before = entry.state;
    const auto change = advance(entry.state, entry.last.status, entry.check.max_attempts, now);
    entry.due = std::max(entry.due + pause_after(entry.state, entry.check), clock_.mono());
    wait_until_due(entry);
    if (change != CheckChange::none) {
        tell(entry, change);
    }
    if (entry.state != before) {
        on_change_();
    }
}

void CheckRunner::collect(SeriesWriter& out) const {
    if (entries_.empty()) {
        return;
    }
    const auto start = out.mark();
    size_t left_out = 0;
    const auto add = [&](const auto& emit) {
        for (const auto& entry : entries_) {
            const auto before = out.mark();
            emit(*entry);
            if (out.mark().written - start.written > check_series_bytes_max) {
                out.rewind(before);
                ++left_out;
            }
        }
    };
    add([&](const Entry& entry) {
        emit_state(entry.check, entry.state, entry.last.duration, entry.last_run_at, out);
        emit_lateness(entry.check, lateness(entry), out);
    });
    add([&](const Entry& entry) { emit_values(entry.check, entry.last.values, out); });
    out.add("vigie_checks_left_out", static_cast<double>(left_out));
}

// First the one that is the most of its own intervals late: in turn of their coming, a check of each second would wait
// behind all those that hang.
void CheckRunner::start_waiting() {
    const auto is_more_overdue = [now = clock_.mono()](const Entry* a, const Entry* b) {
        const auto intervals_late = [now](const Entry* entry) {
            return std::chrono::duration<double>(now - entry->due) / entry->check.interval;
        };
        return intervals_late(a) > intervals_late(b);
    };
    for (;;) {
        const auto none = waiting_.end();
        auto next = none;
        for (auto at = waiting_.begin(); at != none; ++at) {
            if (has_place_for(**at) && (next == none || is_more_overdue(*at, *next))) {
                next = at;
            }
        }
        if (next == none) {
            return;
        }
        auto* const entry = *next;
        waiting_.erase(next);
        start(*entry);
    }
}

void CheckRunner::tell(Entry& entry, CheckChange change) {
    const auto& state = entry.state;
    auto message = fmt::format("{} {} {}/{}: {}", name_of(state.status), state.is_hard ? "hard" : "soft", state.attempt,
                               entry.check.max_attempts, entry.last.text);
    log::write(change == CheckChange::first ? log::Level::debug : log::Level::info,
               fmt::format("check {}: {}", entry.check.name, message));
    if (!entry.budget.spend(clock_.mono())) {
        return;
    }
    if (const auto untold = entry.budget.take_untold(); untold > 0) {
        message += fmt::format(" ({} changes before it are not listed)", untold);
    }
    on_event_(
        {.at = entry.last_run_at, .check = entry.check.name, .status = state.status, .message = std::move(message)});
}

}  // namespace vigie::agent

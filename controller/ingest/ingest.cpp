// What becomes of each kind of entry. The cursors stand in ingest_cursors.cpp.
#include "controller/ingest/ingest.hpp"

#include "controller/store/keys.hpp"
#include "protocol/codec/codec.hpp"

namespace vigie::controller {

namespace {

// Texts of agents go into events cut to these lengths, so that one entry can't fill a page.
constexpr size_t event_source_bytes_max = 64;
constexpr size_t event_message_bytes_max = 4096;

std::string_view name_of(protocol::Stream stream) {
    static constexpr std::array<std::string_view, protocol::streams_count> names{"results", "metrics", "logs"};
    return names.at(static_cast<size_t>(stream));
}

std::string_view name_of(protocol::GapReason reason) {
    switch (reason) {
        case protocol::GapReason::outbox_full:
            return "its outbox was full";
        case protocol::GapReason::outbox_corrupt:
            return "its outbox was damaged";
        case protocol::GapReason::trimmed:
            return "it had trimmed what was acknowledged before";
    }
    return "for an unknown reason";
}

// Whether an error says something about the store rather than about the entry.
bool is_of_store(ErrorCode code) {
    return code == ErrorCode::io || code == ErrorCode::no_space || code == ErrorCode::corrupt ||
           code == ErrorCode::unavailable;
}

Event event_of(const Arrival& arrival, Severity severity, std::string kind, std::string message) {
    return Event{.recorded_at = arrival.received_at,
                 .happened_at = arrival.received_at,
                 .severity = severity,
                 .agent = arrival.agent,
                 .kind = std::move(kind),
                 .message = std::move(message)};
}

// A time that an agent sent may be any 64-bit number: cut to a century around ours, so that it can be reckoned with.
WallTime near(WallTime theirs, WallTime ours) {
    constexpr auto century = std::chrono::hours{24 * 36525};
    return std::clamp(theirs, ours - century, ours + century);
}

}  // namespace

Ingest::Ingest(const StateStore& store, EntrySink& sink, IngestLimits limits, InterestIn interest_in, EventLog events,
               uint64_t next_series)
    : store_(store),
      sink_(sink),
      limits_(limits),
      interest_in_(interest_in ? std::move(interest_in)
                               : [](const LabelSet&) { return SeriesInterest{.wants_labels = true}; }),
      events_(std::move(events)),
      next_series_(next_series),
      recorded_(store, limits.recorded) {
    counts_.series = next_series - 1;
}

Result<std::unique_ptr<Ingest>> Ingest::open(const StateStore& store, EntrySink& sink, IngestLimits limits,
                                             InterestIn interest_in) {
    VIGIE_TRY(auto events, EventLog::open(store));
    Result<uint64_t> last = 0;
    VIGIE_CHECK(store.scan_back(Family::series, "", "", [&last](std::string_view key, std::string_view) {
        last = keys::read_series(key);
        return false;
    }));
    VIGIE_CHECK(last);
    std::unique_ptr<Ingest> ingest(
        new Ingest(store, sink, limits, std::move(interest_in), std::move(events), *last + 1));
    VIGIE_CHECK(ingest->recorded_.load());
    return ingest;
}

void IngestCounts::add(const Tally& tally) {
    applied += tally.applied;
    duplicates += tally.duplicates;
    ahead += tally.ahead;
    unreadable += tally.unreadable;
    quarantined += tally.quarantined;
    gaps += tally.gaps;
    missing += tally.missing;
    samples += tally.samples;
    refused_series += tally.refused_series;
}

Result<Outcome> Ingest::apply(const Arrival& arrival, StoreBatch& batch) {
    VIGIE_TRY(auto* const agent, agent_of(arrival.agent));
    if (agent->is_spoiled) {
        return fail(ErrorCode::unavailable, "{}: an entry before this one could not be stored", arrival.agent.value);
    }
    const auto cursor = agent->cursors.find({arrival.stream, arrival.incarnation});
    const uint64_t last = cursor == agent->cursors.end() ? 0 : cursor->second.last;
    if (arrival.seq <= last) {
        ++pending_.duplicates;
        return Outcome{.kind = Outcome::Kind::duplicate, .last_applied = last};
    }
    if (arrival.seq != last + 1) {
        ++pending_.ahead;
        return Outcome{.kind = Outcome::Kind::ahead, .last_applied = last};
    }
    before_last_ = {batch.changes().size(), pending_};
    auto outcome = apply_next(*agent, arrival, batch);
    if (!outcome) {
        take_back(arrival.agent, batch);
    }
    return outcome;
}

void Ingest::take_back(const AgentId& agent, StoreBatch& batch) {
    batch.truncate(before_last_.changes);
    pending_ = before_last_.counts;
    if (const auto known = agents_.find(agent); known != agents_.end()) {
        known->second.is_spoiled = true;
        changed_.push_back(agent);
    }
}

Result<Outcome> Ingest::apply_next(Agent& agent, const Arrival& arrival, StoreBatch& batch) {
    Outcome outcome{.kind = Outcome::Kind::applied, .last_applied = arrival.seq};
    const auto before = batch.changes().size();
    const auto entry = protocol::decode_entry(arrival.entry);
    auto taken = entry ? take_entry(agent, arrival, *entry, outcome, batch) : Result<void>(fail(entry.error()));
    if (!taken && (entry && is_of_store(taken.error().code))) {
        return fail(std::move(taken.error()));
    }
    if (!taken) {
        batch.truncate(before);
        outcome = {.kind = Outcome::Kind::unreadable, .last_applied = arrival.seq};
        VIGIE_CHECK(record(event_of(arrival, Severity::error, "unreadable",
                                    fmt::format("{}: entry {} of stream {} (incarnation {:016x}, {} bytes) can't be "
                                                "read and was passed over: {}",
                                                arrival.agent.value, arrival.seq, name_of(arrival.stream),
                                                arrival.incarnation, arrival.entry.size(), taken.error().message)),
                           batch));
    }
    if (outcome.kind == Outcome::Kind::unfinished) {
        outcome.last_applied = arrival.seq - 1;
        return outcome;
    }
    move_cursor(agent, arrival.agent, {arrival.stream, arrival.incarnation}, arrival.seq, arrival.received_at, batch);
    switch (outcome.kind) {
        case Outcome::Kind::unreadable:
            ++pending_.unreadable;
            break;
        case Outcome::Kind::quarantined:
            ++pending_.quarantined;
            break;
        default:
            ++pending_.applied;
    }
    return outcome;
}

Result<void> Ingest::take_entry(Agent& agent, const Arrival& arrival, const protocol::Entry& entry, Outcome& outcome,
                                StoreBatch& batch) {
    if (const auto* samples = std::get_if<protocol::SampleBatch>(&entry)) {
        return take_samples(agent, arrival, *samples, outcome, batch);
    }
    if (const auto* report = std::get_if<protocol::RunReport>(&entry)) {
        return sink_.on_run_report(arrival.agent, *report, batch);
    }
    const auto& host_event = std::get<protocol::HostEvent>(entry);
    if (!host_event.errors.empty()) {
        for (const auto& errors : host_event.errors) {
            VIGIE_CHECK(sink_.on_log_errors(arrival.agent, errors, arrival.received_at, batch));
        }
        return {};
    }
    auto event =
        event_of(arrival, static_cast<Severity>(host_event.severity), "host",
                 fmt::format("{}: {}: {}", arrival.agent.value, host_event.source.substr(0, event_source_bytes_max),
                             host_event.message.substr(0, event_message_bytes_max)));
    event.happened_at = near(wall_from_unix_ms(host_event.at_unix_ms), arrival.received_at);
    return record(event, batch);
}

Result<void> Ingest::take_samples(Agent& agent, const Arrival& arrival, const protocol::SampleBatch& samples,
                                  Outcome& outcome, StoreBatch& batch) {
    const auto sampled_at = wall_from_unix_ms(samples.sampled_at_unix_ms);
    // Blocks have no form for times before 1970.
    if (samples.sampled_at_unix_ms < 0 || sampled_at > arrival.received_at + limits_.ahead_max ||
        sampled_at < arrival.received_at - limits_.raw_retention) {
        outcome.kind = Outcome::Kind::quarantined;
        outcome.clock_ahead = near(sampled_at, arrival.received_at) - arrival.received_at;
        return tell_quarantine(agent, arrival, samples, batch);
    }
    outcome.clock_ahead = sampled_at - arrival.received_at;
    if (!agent.series) {
        agent.series = std::make_unique<AgentSeries>(store_, arrival.agent, interest_in_);
    }
    if (const auto lines = agent.series->count_of(samples.schema); lines != samples.values.size()) {
        return fail(ErrorCode::malformed, "{} values for {} series", samples.values.size(), lines);
    }
    const SeriesCaps caps{.of_agent = limits_.series_per_agent_max,
                          .of_agent_ever = limits_.series_per_agent_max * series_ever_factor,
                          .in_all = limits_.series_max,
                          .work_per_commit = limits_.schema_work_per_commit_max};
    VIGIE_TRY(const auto* const resolved,
              agent.series->resolve(samples.schema, caps, arrival.received_at, next_series_, batch));
    if (agent.series->has_worked()) {
        changed_.push_back(arrival.agent);
    }
    if (resolved == nullptr) {
        outcome.kind = Outcome::Kind::unfinished;
        return {};
    }
    std::vector<double> values;
    values.reserve(resolved->places.size());
    for (const auto place : resolved->places) {
        values.push_back(samples.values[place]);
    }
    batch.put(Family::head, keys::head(keys::head_bucket(sampled_at), arrival.agent, arrival.incarnation, arrival.seq),
              sample_row(sampled_at, arrival.received_at, resolved->series->ids, values));
    pending_.samples += values.size();
    if (resolved->refusal.count() > 0) {
        pending_.refused_series += resolved->refusal.count();
        VIGIE_CHECK(tell_refused(agent, arrival, resolved->refusal, batch));
        outcome.over_cap = over_cap_text(resolved->refusal);
    }
    outcome.samples = ReceivedSamples{
        .agent = arrival.agent, .sampled_at = sampled_at, .series = resolved->series, .values = std::move(values)};
    return {};
}

Result<void> Ingest::record(const Event& event, StoreBatch& batch) {
    events_.append(event, batch);
    auto taken = sink_.on_event(event, batch);
    // What can't be recorded must not be passed over either.
    if (!taken && !is_of_store(taken.error().code)) {
        return fail(ErrorCode::unavailable, "event of {}: {}", event.agent.value, taken.error().message);
    }
    return taken;
}

std::string Ingest::over_cap_text(const SeriesRefusal& refusal) const {
    if (refusal.over_cap == 0) {
        return {};
    }
    const auto of_host = limits_.series_per_agent_max;
    const auto cap = refusal.cap > of_host    ? fmt::format("the {} that a host may have ever", refusal.cap)
                     : refusal.cap == of_host ? fmt::format("the cap of {}", of_host)
                                              : fmt::format(
                                                    "the {} of its {} that are not kept for the host's own "
                                                    "names (what had samples in the last day counts)",
                                                    refusal.cap, of_host);
    return fmt::format("{} series over {} are not stored; label {} has the most values, for example {}",
                       refusal.over_cap, cap, refusal.label, refusal.example);
}

Result<void> Ingest::tell_quarantine(Agent& agent, const Arrival& arrival, const protocol::SampleBatch& samples,
                                     StoreBatch& batch) {
    auto& told = agent.quarantine;
    if (told.was_told && arrival.received_at - told.told_at < limits_.repeat_event_after) {
        ++told.left_out;
        return {};
    }
    const auto left_out = told.left_out;
    told = {.told_at = arrival.received_at, .left_out = 0, .was_told = true};
    return record(event_of(arrival, Severity::warning, "clock_skew",
                           fmt::format("{}: samples of {} ms since 1970 arrived at {} and were not stored: check the "
                                       "host's clock ({} more since the last such event)",
                                       arrival.agent.value, samples.sampled_at_unix_ms, to_rfc3339(arrival.received_at),
                                       left_out)),
                  batch);
}

Result<void> Ingest::tell_refused(Agent& agent, const Arrival& arrival, const SeriesRefusal& refusal,
                                  StoreBatch& batch) {
    auto& told = agent.refused;
    if (told.was_told && arrival.received_at - told.told_at < limits_.repeat_event_after) {
        ++told.left_out;
        return {};
    }
    const auto left_out = told.left_out;
    told = {.told_at = arrival.received_at, .left_out = 0, .was_told = true};
    if (refusal.over_total > 0) {
        return record(event_of(arrival, Severity::error, "series_total",
                               fmt::format("{}: {} series are not stored, for example {}: the controller has the {} "
                                           "series of all hosts that it may have; what hosts sent long ago counts too "
                                           "({} more reports since the last such event)",
                                           arrival.agent.value, refusal.over_total, refusal.example, limits_.series_max,
                                           left_out)),
                      batch);
    }
    if (refusal.over_cap > 0) {
        return record(event_of(arrival, Severity::error, "series_cap",
                               fmt::format("{}: {} ({} more reports since the last such event)", arrival.agent.value,
                                           over_cap_text(refusal), left_out)),
                      batch);
    }
    return record(event_of(arrival, Severity::warning, "bad_series",
                           fmt::format("{}: {} series are malformed or come twice and are not stored, for example {} "
                                       "({} more reports since the last such event)",
                                       arrival.agent.value, refusal.malformed, refusal.example, left_out)),
                  batch);
}

Result<Outcome> Ingest::gap(const ArrivedGap& gap, StoreBatch& batch) {
    VIGIE_TRY(auto* const agent, agent_of(gap.agent));
    if (agent->is_spoiled) {
        return fail(ErrorCode::unavailable, "{}: an entry before this gap could not be stored", gap.agent.value);
    }
    const CursorName name{gap.stream, gap.incarnation};
    const auto cursor = agent->cursors.find(name);
    const uint64_t last = cursor == agent->cursors.end() ? 0 : cursor->second.last;
    if (gap.last_missing <= last || gap.last_missing < gap.first_missing) {
        ++pending_.duplicates;
        return Outcome{.kind = Outcome::Kind::duplicate, .last_applied = last};
    }
    if (gap.first_missing > last + 1) {
        ++pending_.ahead;
        return Outcome{.kind = Outcome::Kind::ahead, .last_applied = last};
    }
    const auto before = batch.changes().size();
    const auto recorded =
        record(Event{.recorded_at = gap.received_at,
                     .happened_at = gap.received_at,
                     .severity = Severity::error,
                     .agent = gap.agent,
                     .kind = "gap",
                     .message = fmt::format("{}: entries {} to {} of stream {} (incarnation {:016x}) are lost: {}",
                                            gap.agent.value, last + 1, gap.last_missing, name_of(gap.stream),
                                            gap.incarnation, name_of(gap.reason))},
               batch);
    if (!recorded) {
        batch.truncate(before);
        return fail(recorded.error());
    }
    move_cursor(*agent, gap.agent, name, gap.last_missing, gap.received_at, batch);
    ++pending_.gaps;
    pending_.missing += gap.last_missing - last;
    return Outcome{.kind = Outcome::Kind::applied, .last_applied = gap.last_missing};
}

void Ingest::retire(WallTime now, StoreBatch& batch) {
    const auto bucket = keys::head_bucket(now - limits_.event_retention);
    if (bucket <= retired_before_) {
        return;
    }
    retired_before_ = bucket;
    batch.erase_range(Family::events, "", keys::timed(now - limits_.event_retention, 0));
}

void Ingest::on_committed(const Result<void>& stored) {
    const auto counted = std::exchange(pending_, {});
    recorded_.on_committed(stored.has_value());
    if (!stored) {
        agents_.clear();
        changed_.clear();
        retired_before_ = 0;
        next_series_ = counts_.series + 1;  // else a store that fails for long would use up the numbers
        return;
    }
    counts_.add(counted);
    counts_.series = next_series_ - 1;
    for (const auto& id : std::exchange(changed_, {})) {
        const auto agent = agents_.find(id);
        if (agent == agents_.end()) {
            continue;
        }
        if (agent->second.is_spoiled) {
            agents_.erase(agent);
        } else if (agent->second.series) {
            agent->second.series->on_stored();
        }
    }
}

}  // namespace vigie::controller

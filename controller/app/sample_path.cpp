// Calls the stops; each returns its result, none calls the next. Stops 7 to 9 fill the batch that stop 10 makes
// durable, so a sample and what follows from it are stored together or not at all.
#include "controller/app/sample_path.hpp"

#include "shared/log/log.hpp"

namespace vigie::controller {

// One entry, or one gap, on its way through the committer's thread.
struct SamplePath::Passing {
    AgentId agent;
    protocol::Stream stream;
    uint64_t incarnation;
    uint64_t seq;
    std::string entry;
    std::optional<ArrivedGap> gap;
    std::optional<Outcome> outcome;
    size_t pages = 0;
};

bool SamplePath::offer(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq,
                       const std::string& entry_bytes) {
    // 6 controller/link: frames -> (agent, stream, incarnation, number, entry), in order
    // Shared because std::function must be copyable; prepare and done run one after the other on one thread.
    const auto passing = std::make_shared<Passing>(Passing{agent, stream, incarnation, seq, entry_bytes, {}, {}, 0});
    return commits_.try_submit([this, passing](StoreBatch& batch) { take(*passing, batch); },
                               [this, passing](const Result<void>& stored) { finish(*passing, stored); });
}

bool SamplePath::offer_gap(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t first_seq,
                           uint64_t last_seq, protocol::GapReason reason) {
    const ArrivedGap gap{agent, stream, incarnation, first_seq, last_seq, reason, {}};
    const auto passing = std::make_shared<Passing>(Passing{agent, stream, incarnation, last_seq, {}, gap, {}, 0});
    return commits_.try_submit([this, passing](StoreBatch& batch) { take(*passing, batch); },
                               [this, passing](const Result<void>& stored) { finish(*passing, stored); });
}

bool SamplePath::offer_generations(const AgentId& agent, const std::vector<protocol::Generation>& generations) {
    // Changes nothing by itself: it goes through the queue so that it stands between the entries before and after it.
    return commits_.try_submit(
        [this, agent, generations](StoreBatch&) { records_.ingest().note_generations(agent, generations); },
        [](const Result<void>&) {});
}

void SamplePath::take(Passing& passing, StoreBatch& batch) {
    const auto received_at = records_.now().wall;

    // 7 controller/ingest: entry -> new rows and the moved cursor, or "seen before"
    auto outcome = [&]() -> Result<Outcome> {
        if (passing.gap) {
            passing.gap->received_at = received_at;
            return records_.ingest().gap(*passing.gap, batch);
        }
        return records_.ingest().apply(
            {passing.agent, passing.stream, passing.incarnation, passing.seq, passing.entry, received_at}, batch);
    }();
    if (!outcome) {
        return tell_failure(passing, outcome.error());
    }
    if (outcome->samples) {
        const auto pages = judge(passing, *outcome, batch);
        if (!pages) {
            // A sample that no rule has seen must not be acknowledged.
            records_.ingest().take_back(passing.agent, batch);
            return tell_failure(passing, pages.error());
        }
        passing.pages = *pages;
    }
    passing.outcome = std::move(*outcome);
    // 10 controller/store: the batch is committed by the queue, then finish() is called
}

Result<size_t> SamplePath::judge(const Passing& passing, const Outcome& outcome, StoreBatch& batch) {
    const auto now = records_.now().wall;
    const auto& received = *outcome.samples;
    VIGIE_TRY(const auto pages, records_.note_capped(passing.agent, outcome.over_cap, now, batch));
    VIGIE_TRY(const bool is_new, records_.alerts().is_new(passing.agent, received.sampled_at, now));
    if (!is_new) {
        return pages;
    }

    // 8 controller/rules: samples -> verdicts
    std::vector<rules::SeriesSample> samples;
    samples.reserve(received.series->watched.size());
    for (const auto& [place, labels] : received.series->watched) {
        samples.push_back({labels, received.values[place]});
    }
    VIGIE_TRY(const auto alerting, records_.alerts().rules_with_alerts(passing.agent));
    const auto verdicts = records_.rules().judge({passing.agent, received.sampled_at, samples},
                                                 [&alerting](const auto& rule) { return alerting.contains(rule); });

    VIGIE_CHECK(records_.note_judged(passing.agent, received.sampled_at, verdicts, batch));

    // 9 controller/alerts: verdicts -> transitions and the pages they need
    const alerts::EvaluationCursor cursor{passing.incarnation, passing.seq, received.sampled_at};
    VIGIE_TRY(const auto of_rules, records_.on_verdicts(passing.agent, cursor, verdicts, now, batch));
    return pages + of_rules;
}

// Entries behind a failed one fail too and all of them come again: the host's first one is told.
void SamplePath::tell_failure(const Passing& passing, const Error& error) {
    const auto place = fmt::format("{}/{}/{}", passing.agent.value, passing.incarnation, passing.seq);
    if (error.code != ErrorCode::unavailable && std::exchange(last_failed_, place) != place) {
        log::error("host={} entry {} is not stored: {}", passing.agent.value, passing.seq, error.message);
    }
}

void SamplePath::finish(const Passing& passing, const Result<void>& stored) {
    records_.on_committed(stored, after_.job_sender());
    if (!stored || !passing.outcome || passing.outcome->kind == Outcome::Kind::ahead) {
        return after_.apply_failed(passing.agent, passing.stream, passing.incarnation);
    }
    after_.durable(passing.agent, passing.stream, passing.incarnation, passing.outcome->last_applied);

    // Rules that need more than this batch are evaluated by their groups, over what is stored now.
    if (passing.outcome->samples) {
        after_.samples_stored(passing.outcome->samples->series->readers, passing.outcome->samples->sampled_at);
    }

    // 11 controller/notify: stored pages -> the on-call channel
    if (passing.pages > 0) {
        after_.wake_notifier();
    }
}

}  // namespace vigie::controller

// Calls the stops; each returns its result, none calls the next. Stops 7 to 9 fill the batch that stop 10 makes
// durable, so a sample and what follows from it are stored together or not at all.
#include "controller/app/sample_path.hpp"

#include "shared/log/log.hpp"

namespace vigie::controller {

namespace {
// Of one host; what comes beyond must be sent again, as after a failed commit.
constexpr Bytes held_bytes_max = 4_MiB;
// Of these, in one commit: others wait for it.
constexpr Bytes held_bytes_per_commit_max = 256_KiB;
}  // namespace

// One entry, one gap, or the generations of what follows, on its way through the committer's thread.
struct SamplePath::Passing {
    AgentId agent;
    protocol::Stream stream{};
    uint64_t incarnation = 0;
    uint64_t seq = 0;
    std::string entry{};
    std::optional<ArrivedGap> gap{};
    std::optional<std::vector<protocol::Generation>> generations{};
    std::optional<Outcome> outcome{};
    size_t pages = 0;
    enum class Way { free, held_first, held_behind };
    Way way = Way::free;

    bool is_unfinished() const { return outcome && outcome->kind == Outcome::Kind::unfinished; }
};

bool SamplePath::offer(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq,
                       const std::string& entry_bytes) {
    // 6 controller/link: frames -> (agent, stream, incarnation, number, entry), in order
    return pass({.agent = agent, .stream = stream, .incarnation = incarnation, .seq = seq, .entry = entry_bytes});
}

bool SamplePath::offer_gap(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t first_seq,
                           uint64_t last_seq, protocol::GapReason reason) {
    return pass({.agent = agent,
                 .stream = stream,
                 .incarnation = incarnation,
                 .seq = last_seq,
                 .gap = ArrivedGap{agent, stream, incarnation, first_seq, last_seq, reason, {}}});
}

bool SamplePath::offer_generations(const AgentId& agent, const std::vector<protocol::Generation>& generations) {
    // Changes nothing by itself: it goes through the queue so that it stands between the entries before and after it.
    return pass({.agent = agent, .generations = generations});
}

bool SamplePath::pass(Passing passing) {
    const auto shared = std::make_shared<Passing>(std::move(passing));
    return commits_.try_submit([this, shared](StoreBatch& batch) { arrive(shared, batch); },
                               [this, shared](const Result<void>& stored) { leave(*shared, stored); });
}

// An entry with more new series than one commit takes is gone on with after each, behind what other hosts sent
// meanwhile. What its host sends next must wait, or it would come too early.
void SamplePath::arrive(const PassingPtr& passing, StoreBatch& batch) {
    if (const auto held = held_.find(passing->agent); held == held_.end()) {
        take(*passing, batch);
        passing->way = passing->is_unfinished() ? Passing::Way::held_first : Passing::Way::free;
    } else if (passing->generations || held->second.bytes < held_bytes_max.count) {  // nobody sends generations again
        passing->way = Passing::Way::held_behind;
    }
    if (passing->way != Passing::Way::free) {
        auto& held = held_[passing->agent];
        held.entries.push_back(passing);
        held.bytes += passing->entry.size();
    }
}

void SamplePath::leave(Passing& passing, const Result<void>& stored) {
    if (passing.way == Passing::Way::free) {
        finish(passing, stored);
    } else if (passing.way == Passing::Way::held_first) {
        records_.on_committed(stored, after_.job_sender());
        go_on(passing.agent, stored);
    }
}

// Those that are done with; what is left stays held.
std::vector<SamplePath::PassingPtr> SamplePath::take_held(const AgentId& agent, StoreBatch& batch) {
    std::vector<PassingPtr> taken;
    auto& held = held_.at(agent);
    for (size_t bytes = 0; !held.entries.empty() && bytes < held_bytes_per_commit_max.count;) {
        const auto first = held.entries.front();
        take(*first, batch);
        if (first->is_unfinished()) {
            return taken;
        }
        bytes += first->entry.size();
        held.bytes -= first->entry.size();
        held.entries.pop_front();
        taken.push_back(first);
    }
    if (held.entries.empty()) {
        held_.erase(agent);
    }
    return taken;
}

void SamplePath::go_on(const AgentId& agent, const Result<void>& stored) {
    if (!stored) {
        const auto held = held_.extract(agent);
        for (const auto& each : held.mapped().entries) {
            if (each->generations) {
                records_.ingest().note_generations(agent, *each->generations);
            }
            finish(*each, stored);
        }
        return;
    }
    struct Step {
        std::vector<PassingPtr> taken;
        bool is_last = true;
    };
    const auto step = std::make_shared<Step>();
    commits_.submit(
        [this, agent, step](StoreBatch& batch) {
            step->taken = take_held(agent, batch);
            step->is_last = !held_.contains(agent);
        },
        [this, agent, step](const Result<void>& committed) {
            for (const auto& each : step->taken) {
                finish(*each, committed);
            }
            if (step->taken.empty()) {
                records_.on_committed(committed, after_.job_sender());
            }
            if (!step->is_last) {
                go_on(agent, committed);
            }
        });
}

void SamplePath::take(Passing& passing, StoreBatch& batch) {
    if (passing.generations) {
        return records_.ingest().note_generations(passing.agent, *passing.generations);
    }
    passing.outcome.reset();  // what it had while it was unfinished
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
    if (passing.generations) {
        return;
    }
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

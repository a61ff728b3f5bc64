// From an entry's bytes to rows. Confined to the committer's thread: apply() and gap() in a submission's prepare,
// on_committed() in its done:
//
//   committer.try_submit([&](StoreBatch& batch) { outcome = ingest.apply(arrival, batch); },
//                        [&](const Result<void>& stored) { ingest.on_committed(stored); …ack outcome->last_applied… });
//
// An error from apply() or gap() is the store's: nothing was added to the batch, and the agent shall send again later.
// What the agent sent wrong is never an error: it is recorded and the cursor moves on, so that it can't block the
// stream.
#pragma once
#include <atomic>
#include <memory>
#include <unordered_map>

#include "controller/ingest/agent_series.hpp"
#include "controller/ingest/recorded_series.hpp"
#include "controller/store/event_log.hpp"
#include "controller/store/state_store.hpp"
#include "protocol/messages/messages.hpp"

namespace vigie::controller {

// Takes what ingest does not store itself. Both add to the same batch. An error that is the store's (io, no_space,
// corrupt, unavailable) is given back by apply(); any other makes the entry count as unreadable.
class EntrySink {
  public:
    virtual ~EntrySink() = default;
    virtual Result<void> on_run_report(const AgentId& agent, const protocol::RunReport& report, StoreBatch& batch) = 0;
    // After the event's row was added; such as: a gap also belongs into the audit log.
    virtual Result<void> on_event(const Event& event, StoreBatch& batch) = 0;
    // Instead of an event's row, when the event tells programs of errors in logs: it decides what people are told.
    virtual Result<void> on_log_errors(const AgentId& agent, const protocol::LogErrors& errors, WallTime received_at,
                                       StoreBatch& batch) = 0;
};

struct Arrival {
    AgentId agent{};
    protocol::Stream stream = protocol::Stream::results;
    uint64_t incarnation = 0;
    uint64_t seq = 0;
    std::string_view entry{};  // as decode_entry takes it
    WallTime received_at{};
};

struct ArrivedGap {
    AgentId agent{};
    protocol::Stream stream = protocol::Stream::results;
    uint64_t incarnation = 0;
    uint64_t first_missing = 0;
    uint64_t last_missing = 0;
    protocol::GapReason reason = protocol::GapReason::outbox_full;
    WallTime received_at{};
};

// What a host reported at one time, for the rules. Ids and labels are shared and never change, so this may go to
// another thread as it is.
struct ReceivedSamples {
    AgentId agent{};
    WallTime sampled_at{};
    std::shared_ptr<const SeriesList> series{};
    std::vector<double> values{};  // of series->ids[i]
};

struct Outcome {
    enum class Kind {
        applied,      // stored with this commit
        duplicate,    // stored long ago: acknowledge again
        ahead,        // entries before it are missing: GO_BACK to last_applied
        unreadable,   // recorded as an event and passed
        quarantined,  // samples of an impossible time: recorded and passed
        unfinished,   // some of its series are resolved: apply it again after this commit, before others of the agent
    };
    Kind kind = Kind::applied;
    uint64_t last_applied = 0;                 // of the stream, once the batch is committed
    std::optional<ReceivedSamples> samples{};  // of applied samples
    std::string over_cap{};                    // of samples: which series of the host found no room, and why; "": none
    milliseconds clock_ahead{0};  // of samples: how far the host's clock is ahead of ours; < 0: behind or late
};

// Any thread may read these. Of what is stored: an entry whose commit failed comes again and is counted then.
struct IngestCounts {
    struct Tally {  // of one group
        uint64_t applied = 0, duplicates = 0, ahead = 0, unreadable = 0, quarantined = 0;
        uint64_t gaps = 0, missing = 0, samples = 0, refused_series = 0;
    };
    void add(const Tally& tally);

    std::atomic<uint64_t> applied = 0;
    std::atomic<uint64_t> duplicates = 0;
    std::atomic<uint64_t> ahead = 0;
    std::atomic<uint64_t> unreadable = 0;
    std::atomic<uint64_t> quarantined = 0;
    std::atomic<uint64_t> gaps = 0;            // GAP records
    std::atomic<uint64_t> missing = 0;         // entries that they stand for
    std::atomic<uint64_t> samples = 0;         // values stored
    std::atomic<uint64_t> refused_series = 0;  // values left out: over the cap, malformed or twice
    std::atomic<uint64_t> series = 0;          // numbers given out to series, ever
};

// Series that a host may have ever, as a multiple of those that it may have in a day: rows of series stay, so that what
// was measured long ago is still found. A host whose labels explode each day takes a month for it, and forty such hosts
// fill what all may have.
constexpr size_t series_ever_factor = 25;

struct IngestLimits {
    // Prometheus's bound too. A sample further ahead would hide all later ones from "the newest value".
    milliseconds ahead_max{10min};
    milliseconds raw_retention{std::chrono::hours{24 * 15}};  // older samples are quarantined
    milliseconds event_retention{std::chrono::hours{24 * 400}};
    size_t series_per_agent_max = 20'000;  // of the last day, as series_counted_for says
    // Of one agent's schemas (SeriesCaps): behind a host whose labels explode the others wait for it. Enough for a new
    // host's first 450 series.
    size_t schema_work_per_commit_max = 5'000;
    // Of all hosts. Each costs some hundred bytes of disk, eight of memory, and time in selectors that name its metric.
    uint64_t series_max = 20'000'000;
    RecordedCaps recorded{};
    milliseconds repeat_event_after{10min};  // of quarantine and refused series; the events say how many were left out
    size_t incarnations_max = 64;            // per agent and stream: each reinstallation makes one
};

class Ingest {
  public:
    // `interest_in`: who wants which series (ReceivedSamples); without it all labels are handed on.
    static Result<std::unique_ptr<Ingest>> open(const StateStore& store, EntrySink& sink, IngestLimits limits = {},
                                                InterestIn interest_in = {});

    Result<Outcome> apply(const Arrival& arrival, StoreBatch& batch);
    // What follows from the entry that apply() took last could not be prepared: takes its changes out of the batch,
    // with all that was added since. As after an error of apply() the agent shall send it again later.
    void take_back(const AgentId& agent, StoreBatch& batch);
    // What the agent's HELLO told: cursors that move from now on are stored with the generation of their entry.
    void note_generations(const AgentId& agent, std::vector<protocol::Generation> generations);
    // Entries that no longer exist at the agent. What of them was applied before stays; the rest is recorded as
    // missing.
    Result<Outcome> gap(const ArrivedGap& gap, StoreBatch& batch);
    // An agent's outbox has this incarnation of the stream: it is remembered before anything of it has arrived, with a
    // cursor at 0. Nothing changes when it is known.
    Result<void> admit(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, WallTime now,
                       StoreBatch& batch);
    // Samples that the controller makes itself, of one time, under an owner that is no host; again at the same time
    // they take the place of those before. Their labels stay as they are. too_large: more series than a cap, and
    // nothing was added. Any other error is the store's, and may leave changes in the batch that must not be committed.
    Result<void> record_samples(const AgentId& owner, WallTime at, WallTime now,
                                std::span<const std::pair<LabelSet, double>> samples, StoreBatch& batch);
    // The same without those of series that were never recorded, so that a cap stops no others.
    Result<void> record_known_samples(const AgentId& owner, WallTime at, WallTime now,
                                      std::span<const std::pair<LabelSet, double>> samples, StoreBatch& batch);
    size_t recorded_in_all() const { return recorded_.count(); }
    // What record_samples() added since the first call gave its number was taken out of the batch again.
    size_t recorded() const { return recorded_.added(); }
    void undo_recorded(size_t to) { recorded_.undo_to(to); }
    // For events of other rooms, such as a second session of one key.
    Result<void> record(const Event& event, StoreBatch& batch);
    // Erases events whose retention is over; samples are the sealer's. Cheap when there is nothing new to erase.
    void retire(WallTime now, StoreBatch& batch);
    // For each group: an error forgets everything cached, since it may be ahead of the store.
    void on_committed(const Result<void>& stored);

    const IngestCounts& counts() const { return counts_; }

  private:
    struct Cursor {
        uint64_t last = 0;
        WallTime moved_at{};
    };
    using CursorName = std::pair<protocol::Stream, uint64_t>;
    // An event of this kind, held back while it repeats itself.
    struct Repeated {
        WallTime told_at{};
        uint64_t left_out = 0;
        bool was_told = false;
    };
    struct Agent {
        std::map<CursorName, Cursor> cursors;
        std::unique_ptr<AgentSeries> series;  // made with the first samples
        Repeated quarantine;
        Repeated refused;
        // An entry failed midway, so the cache may be ahead of the batch. Nothing more of this agent is taken in this
        // group; on_committed() then forgets it.
        bool is_spoiled = false;
    };

    Ingest(const StateStore& store, EntrySink& sink, IngestLimits limits, InterestIn interest_in, EventLog events,
           uint64_t next_series);
    Result<Agent*> agent_of(const AgentId& id);
    void move_cursor(Agent& agent, const AgentId& id, CursorName name, uint64_t to, WallTime now, StoreBatch& batch);
    Result<Outcome> apply_next(Agent& agent, const Arrival& arrival, StoreBatch& batch);
    Result<void> take_entry(Agent& agent, const Arrival& arrival, const protocol::Entry& entry, Outcome& outcome,
                            StoreBatch& batch);
    Result<void> take_samples(Agent& agent, const Arrival& arrival, const protocol::SampleBatch& samples,
                              Outcome& outcome, StoreBatch& batch);
    Result<void> tell_quarantine(Agent& agent, const Arrival& arrival, const protocol::SampleBatch& samples,
                                 StoreBatch& batch);
    std::string over_cap_text(const SeriesRefusal& refusal) const;
    Result<void> tell_refused(Agent& agent, const Arrival& arrival, const SeriesRefusal& refusal, StoreBatch& batch);

    const StateStore& store_;
    EntrySink& sink_;
    const IngestLimits limits_;
    const InterestIn interest_in_;
    EventLog events_;
    uint64_t next_series_;
    uint32_t retired_before_ = 0;  // as buckets of the head count time
    std::unordered_map<AgentId, Agent> agents_;
    std::unordered_map<AgentId, std::vector<protocol::Generation>> generations_;  // a few, of each agent that greeted
    RecordedSeries recorded_;
    std::vector<AgentId> changed_;  // with new series, or spoiled, since the last commit
    struct {
        size_t changes = 0;  // of the batch
        IngestCounts::Tally counts;
    } before_last_;  // before the entry that was taken last
    IngestCounts::Tally pending_;
    IngestCounts counts_;
};

}  // namespace vigie::controller

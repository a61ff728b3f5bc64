// Looks at every effect of both sides and says what must never be seen. It knows what each outbox numbered, what was
// sent, told, committed, spawned and posted; both halves share it.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/alerts/rows.hpp"
#include "controller/rules/evaluate.hpp"
#include "controller/store/event_log.hpp"
#include "controller/store/state_store.hpp"
#include "protocol/codec/codec.hpp"
#include "tests/simulation/world.hpp"

namespace vigie::simulation {

struct StreamKey {
    std::string agent;
    protocol::Stream stream = protocol::Stream::results;
    uint64_t incarnation = 0;
    auto operator<=>(const StreamKey&) const = default;
};
std::string to_text(const StreamKey& key);

// The hosts' side.
class HostWitness {
  public:
    explicit HostWitness(World& world) : world_(world) {}

    // An outbox is asked to keep this, and gives it this number if it does.
    void tried(const StreamKey& key, uint64_t seq, std::string bytes);
    // An outbox gave the entry this number; `is_synced`: and promised that it is on the disk.
    void numbered(const StreamKey& key, uint64_t seq, std::string bytes, bool is_synced);
    // A process opened what was left of an outbox.
    void opened(const StreamKey& key, uint64_t next_seq);
    void sent(const StreamKey& key, uint64_t seq, std::string_view bytes);
    void told_gap(const StreamKey& key, uint64_t first, uint64_t last, uint64_t oldest_seq);
    void marked_acked(const StreamKey& key, uint64_t seq);
    // After each step of a host. `had_no_room`: an entry came that did not fit.
    void holds(const StreamKey& key, uint64_t oldest_seq, bool had_no_room);
    void spawned(const std::string& agent, const std::string& job, const std::string& run_id);
    void ended(const std::string& agent, const std::string& job, const std::string& run_id, bool is_success);

    // The outbox takes another incarnation, in which what is behind `acked` is numbered from 1.
    void renewing(const StreamKey& key, uint64_t acked);
    // The controller stored this under the number, or was told that the numbers are lost.
    void applied(const StreamKey& key, uint64_t seq, const std::string& bytes);
    void passed(const StreamKey& key, uint64_t first, uint64_t last);

    // Whether an entry was ever numbered so, by any copy of the outbox.
    bool is_written(const StreamKey& key, uint64_t seq, const std::string& bytes) const;
    // What is known of an agent's outbox, and the same when its disk is what it was then.
    struct OfStream {
        std::map<uint64_t, std::string> entries;
        uint64_t synced = 0;
        uint64_t sent = 0;  // the highest number that anyone may have seen
        uint64_t acked = 0;
        uint64_t oldest = 1;  // at the last look
        std::pair<uint64_t, std::string> tried;
    };
    using Copy = std::map<StreamKey, OfStream>;
    Copy copy_of(const std::string& agent) const;
    void set_back(const std::string& agent, const Copy& copy);
    bool was_set_back(const std::string& agent) const { return set_back_.contains(agent); }
    uint64_t renewals() const { return renewals_all_; }
    bool has_succeeded(const std::string& run_id) const { return succeeded_.contains(run_id); }
    // How often a run was durably begun anew; spawns are counted against it.
    void begun_anew(const std::string& run_id, uint64_t attempts);
    uint64_t spawns() const { return spawns_all_; }

  private:
    const std::string* written(const StreamKey& key, uint64_t seq) const;  // null when nothing has the number
    void begin_renewed(const StreamKey& key, uint64_t next_seq);
    void check_acked(const StreamKey& key, uint64_t first, uint64_t last);

    World& world_;
    std::map<StreamKey, OfStream> streams_;
    std::map<StreamKey, std::set<std::pair<uint64_t, std::string>>> elsewhere_;    // numbered by another copy
    std::map<StreamKey, std::map<uint64_t, std::optional<std::string>>> applied_;  // nothing: told as lost
    std::map<std::pair<std::string, protocol::Stream>, std::pair<StreamKey, uint64_t>> renewing_;
    std::set<std::string> set_back_;  // agents
    uint64_t renewals_all_ = 0;
    std::map<std::string, uint64_t> spawns_;    // by run
    std::map<std::string, uint64_t> attempts_;  // by run
    std::set<std::pair<std::string, std::string>> alive_;
    std::set<std::string> succeeded_;
    uint64_t spawns_all_ = 0;
};

// The controller's side: each commit, each acknowledgement, each page.
class StoreWitness {
  public:
    StoreWitness(World& world, HostWitness& hosts, const controller::rules::RuleSet& rules)
        : world_(world), hosts_(hosts), rules_(rules) {}

    // The link gave an entry on.
    void offered(const StreamKey& key, uint64_t seq, const std::string& bytes);
    // The batch is on the disk. `wall`: the controller's clock.
    void committed(const controller::StoreBatch& batch, WallTime wall);
    // A frame leaves for an agent.
    void told(const std::string& agent, const protocol::Frames& frames);
    // A page leaves for the on-call channel.
    void posted(const std::string& idempotency_key);

    uint64_t cursor(const StreamKey& key) const;
    uint64_t transitions() const { return transitions_all_; }
    uint64_t pages() const { return kept_.pages.size(); }
    uint64_t group_evaluations() const { return group_evaluations_all_; }
    uint64_t entries() const { return entries_all_; }
    uint64_t missing() const { return missing_all_; }

    // What is known because of the store's content; goes back with it.
    struct Kept {
        std::map<StreamKey, uint64_t> cursors;
        struct Alert {
            uint64_t transitions = 0;
            controller::alerts::Phase phase = controller::alerts::Phase::inactive;
        };
        std::map<std::string, Alert> alerts;
        // What the rules make of the samples applied so far, worked out here.
        std::map<std::string, controller::alerts::AlertState> expected;
        std::map<std::string, std::string> agent_of;                            // by alert
        std::map<std::string, controller::alerts::EvaluationCursor> evaluated;  // by agent
        std::set<std::string> pages;                                            // their idempotency keys
        std::map<std::string, std::string> newest_page;  // by alert; takes the place of those that wait
        std::map<std::string, WallTime> skew_told;       // by agent
    };
    const Kept& kept() const { return kept_; }
    void restore(Kept kept) { kept_ = std::move(kept); }

  private:
    struct Gap {
        StreamKey key;
        uint64_t first = 0;
        uint64_t last = 0;
    };
    struct Phases {
        controller::alerts::Phase from;
        controller::alerts::Phase to;
        auto operator<=>(const Phases&) const = default;
    };
    // Of one batch.
    struct Group {
        WallTime wall;
        std::set<std::tuple<std::string, uint64_t, uint64_t>> heads;  // agent, incarnation, number
        std::vector<Gap> gaps;
        std::vector<controller::Event> events;
        std::set<std::pair<std::string, controller::alerts::Phase>> reached;  // alert, phase
        std::map<std::string, Phases> moved;                                  // alerts, since the last evaluation
        std::map<std::pair<std::string, bool>, int> unpaged;       // alert, is_resolved -> transitions minus pages
        std::map<std::string, std::pair<uint64_t, uint64_t>> due;  // agent -> incarnation and number to be evaluated
    };

    void collect(const controller::StoreBatch::Change& change, Group& group);
    void collect_event(const controller::StoreBatch::Change& change, Group& group);
    void follow(const controller::StoreBatch::Change& change, Group& group);
    void check_cursor(const StreamKey& key, uint64_t to, Group& group);
    void check_incarnation(const StreamKey& key, const Group& group);
    void check_applied(const StreamKey& key, uint64_t seq, Group& group);
    void check_sample(const StreamKey& key, uint64_t seq, const protocol::SampleBatch& sample, Group& group);
    void check_quarantined(const std::string& agent, const Group& group);
    const std::string* offered_as(const StreamKey& key, uint64_t seq) const;  // null when nothing was
    void check_transition(std::string_view key, std::string_view row, Group& group);
    void check_evaluated(const std::string& agent, std::string_view row, Group& group);
    void check_group_evaluated(const std::string& owner, const controller::alerts::EvaluationCursor& cursor,
                               Group& group);
    std::map<std::string, Phases> expect(const std::string& agent, const protocol::SampleBatch& sample);
    void check_page(std::string_view row, Group& group);
    void check_run(std::string_view key, std::string_view row);

    World& world_;
    HostWitness& hosts_;
    const controller::rules::RuleSet& rules_;
    Kept kept_;
    std::map<StreamKey, std::map<uint64_t, std::string>> offered_;  // the last of each number
    uint64_t transitions_all_ = 0;
    uint64_t group_evaluations_all_ = 0;
    uint64_t entries_all_ = 0;
    uint64_t missing_all_ = 0;
};

}  // namespace vigie::simulation

// All alerts, applied report by report. Memory is ahead of the store only between an apply() and its commit.
// Confined to the committer's thread: call it in prepare, and on_commit_failed() in a done() that got an error.
#pragma once
#include <atomic>
#include <set>
#include <unordered_map>

#include "controller/alerts/rows.hpp"
#include "controller/rules/alert_text.hpp"
#include "controller/rules/evaluate.hpp"

namespace vigie::controller::alerts {

struct BookOptions {
    std::vector<std::string> receivers;  // each gets its own row for each page; "": whom the routes say
    std::string host_silent_name = "HostSilent";
    Labels host_silent_labels{{"severity", "critical"}};
    rules::TemplateWorld templates{};
};

// What the controller itself finds out about a host, as an alert without a rule: its name, and whether it is so now.
struct OwnFinding {
    std::string name;  // alertname
    bool is_true = false;
    double value = 0;
    std::string summary;  // of the page, when it begins
    std::string cause;    // for the history
};
constexpr const char* identity_used_twice = "VigieIdentityUsedTwice";
constexpr const char* clock_skewed = "VigieClockSkew";
constexpr const char* series_capped = "VigieSeriesCapped";

struct BookCounts {             // since the process started
    uint64_t late_reports = 0;  // not evaluated: not newer than the host's cursor
    uint64_t transitions = 0;
    uint64_t pages = 0;
    uint64_t template_failures = 0;
};

// What an apply() put into the batch.
struct Applied {
    bool is_evaluated = false;
    size_t transitions = 0;
    size_t pages = 0;             // when not 0: wake the notifier after the commit
    std::set<AgentId> changed{};  // the owners (AlertRecord::agent) of alerts whose phase changed
    // What began to fire, and what is over that had: as it is to be told, for no receiver by name.
    std::vector<Notification> turned{};
};

using RuleKeys = std::set<std::string, std::less<>>;

// A host whose clock runs further ahead than this and is then set right would not be evaluated until time catches up;
// then its cursor moves back instead.
constexpr milliseconds clock_ahead_max = std::chrono::minutes{5};
// How long `list` still shows what is over.
constexpr milliseconds finished_kept_for = std::chrono::hours{15 * 24};

class AlertBook {
  public:
    AlertBook(const StateStore& store, BookOptions options) : store_(store), options_(std::move(options)) {}

    // Reads all states from the store, forgetting what memory holds. At start; later it happens by itself.
    Result<void> load();
    // The next call reads the store again. Cheap: for each done() of a failed group.
    void on_commit_failed() { is_loaded_ = false; }

    // Whether a report is to be evaluated; false for one that is late or came again. Counts the late ones.
    Result<bool> is_new(const AgentId& agent, WallTime sampled_at, WallTime now);
    // The rules, by their keys, of which the host (or the group, as owner_of_group names it) has alerts that are not
    // over, or changed in their last evaluations.
    Result<RuleKeys> rules_with_alerts(const AgentId& agent);
    // The owner's alerts that are not over, by id. Valid until the next call that changes any. And all owners that may
    // have some.
    Result<std::vector<const AlertRecord*>> active_alerts(const AgentId& owner);
    Result<std::vector<AgentId>> owners_of_active();
    // The verdicts of all rules on one report that is_new; of a group: those of its evaluation at one time. A rule that
    // failed moves no alert. `now` is the controller's clock, only recorded.
    Result<Applied> apply(const AgentId& agent, const EvaluationCursor& cursor,
                          std::span<const rules::RuleVerdicts> verdicts, WallTime now, StoreBatch& batch);

    // Pages once however often it is told; the host's other alerts become no_data.
    Result<Applied> host_silent(const AgentId& agent, WallTime since, WallTime now, StoreBatch& batch,
                                const std::string& reason = "");
    Result<Applied> host_back(const AgentId& agent, WallTime at, StoreBatch& batch);
    // Tells a finding, as often as it is found: it pages when it begins and when it is over.
    Result<Applied> tell(const AgentId& agent, const OwnFinding& finding, WallTime at, StoreBatch& batch);
    // The hosts for which the controller's own alert of this name is open.
    Result<std::vector<AgentId>> hosts_with(std::string_view own_name);
    // Ends alerts whose rule the configuration no longer has, or judges in the other way than when they began. At start
    // and after a reload of the rules.
    Result<Applied> close_removed_rules(const rules::RuleSet& rules, WallTime now, StoreBatch& batch);
    // Ends all alerts of a host that is taken out of the fleet, or (with an id) one alert, and says why.
    Result<Applied> close_host(const AgentId& agent, WallTime now, StoreBatch& batch);
    Result<Applied> close_alert(std::string_view id, std::string_view cause, WallTime now, StoreBatch& batch);
    // Erases what has been over for finished_kept_for. Now and then.
    Result<size_t> prune(WallTime now, StoreBatch& batch);

    // Reads the store unless memory has it. After it owe() can be called.
    Result<void> ready() { return ensure_loaded(); }
    // What there is to tell of each alert that is open, for no receiver by name; of one, nullopt when it is not open.
    Result<std::vector<Notification>> open_pages();
    Result<std::optional<Notification>> open_page(std::string_view id);
    // A word of a person in the history of an alert: nothing else of it changes. not_found when there is none.
    Result<void> note(std::string_view id, std::string cause, WallTime now, StoreBatch& batch);
    // One more row of the outbox, for the receiver that it names.
    void owe(const Notification& notification, StoreBatch& batch);

    BookCounts counts() const;  // any thread

  private:
    struct Context {  // of one call
        EvaluationCursor cursor;
        WallTime at;   // of the sample
        WallTime now;  // the controller's clock
        std::string_view cause;
        StoreBatch& batch;
        Applied applied;
    };

    Result<void> ensure_loaded();
    void observe(Context& context, const AgentId& agent, const rules::RuleVerdicts& judged,
                 const rules::Verdict& verdict, std::optional<WallTime> previous, std::set<std::string>& seen);
    void observe_missing(Context& context, const AgentId& agent, const std::set<std::string>& seen,
                         std::span<const rules::RuleVerdicts> verdicts = {});
    void describe(AlertRecord& record, const rules::Rule& rule);
    void keep_current(Context& context, AlertRecord& record, const rules::Rule& rule, const rules::Verdict& verdict);
    static void put_transition(AlertRecord& record, const Transition& transition, StoreBatch& batch);
    void finish(Context& context, AlertRecord& record, Step step);
    void put_page(Context& context, const AlertRecord& record, Page page);
    AlertRecord host_record(const AgentId& agent) const;

    const StateStore& store_;
    const BookOptions options_;
    bool is_loaded_ = false;
    std::unordered_map<std::string, AlertRecord> alerts_;         // by id
    std::unordered_map<AgentId, std::set<std::string>> watched_;  // ids; pending, firing, no_data, or changed lately
    std::unordered_map<AgentId, EvaluationCursor> cursors_;
    // What the text of an open alert was made of, and when: not kept over a restart.
    struct Text {
        double value = 0;
        WallTime at{};
    };
    std::unordered_map<std::string, Text> texts_;
    uint64_t next_page_ = 1;
    struct {
        std::atomic<uint64_t> late_reports{0}, transitions{0}, pages{0}, template_failures{0};
    } counts_;
};

}  // namespace vigie::controller::alerts

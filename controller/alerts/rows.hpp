// What Family::alerts holds, and its reading for people. The reads see what is durable; any thread.
#pragma once
#include <string>
#include <vector>

#include "controller/alerts/machine.hpp"
#include "controller/alerts/notification.hpp"
#include "controller/store/state_store.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller::alerts {

// The last report of a host that its rules were evaluated for.
struct EvaluationCursor {
    uint64_t incarnation = 0;  // of the agent's stream
    uint64_t seq = 0;
    WallTime sampled_at{};
    bool operator==(const EvaluationCursor&) const = default;
};

// A group of rules that is evaluated over all hosts owns its alerts and its cursor as a host owns those of its reports:
// under a name that no host has.
AgentId owner_of_group(std::string_view group_key);
bool is_of_group(const AgentId& owner);

struct AlertRecord {
    std::string id;        // 16 hex digits: the hash of rule, owner and series
    AgentId agent;         // the host, or owner_of_group
    std::string rule_key;  // rules::Rule::key
    std::string group;
    std::string name;                            // alertname
    std::string expression;                      // as written
    Labels series;                               // what the selector picked, without __name__
    Labels labels;                               // the alert's own
    Labels annotations;                          // while it is open not much older than a minute
    std::vector<std::string> template_failures;  // of these labels and annotations
    double value = 0;                            // at the last transition
    AlertState state;
    uint64_t transitions = 0;  // how many it has had
    bool operator==(const AlertRecord&) const = default;
};

// The rule_key of the controller's own alerts, which no rule makes, begins with it: no group of a file does.
constexpr char own_rule_mark = '\x1f';
inline bool is_own(const AlertRecord& record) {
    return record.rule_key.starts_with(own_rule_mark);
}

// The host that an alert is about: its owner's, or the label that tells of one; "" for several.
std::string host_of(const AlertRecord& record);

// What there is to tell of it, to be routed. It has those of the controller's own labels that the alert lacks.
Notification page_of(const AlertRecord& record, bool is_resolved, const Labels& external_labels);

struct Transition {
    Phase from = Phase::inactive;
    Phase to = Phase::inactive;
    WallTime at{};           // of the sample
    WallTime recorded_at{};  // the controller's clock
    double value = 0;
    EvaluationCursor cursor;  // zero when no report caused it
    std::string cause;        // for people: "sample", "series missing", "host silent", "rule removed", …
    bool operator==(const Transition&) const = default;
};

// Of one alert; older ones are erased.
constexpr uint64_t transitions_kept_max = 100;

std::string alert_id(std::string_view rule_key, const AgentId& agent, const Labels& series);
std::string alert_key(std::string_view id);
std::string transition_key(std::string_view id, uint64_t number);
std::string cursor_key(const AgentId& agent);

std::string encode(const AlertRecord& record);
std::string encode(const Transition& transition);
std::string encode(const EvaluationCursor& cursor);
Result<AlertRecord> decode_alert(std::string_view row);
Result<Transition> decode_transition(std::string_view row);
Result<EvaluationCursor> decode_cursor(std::string_view row);

// All alerts with a transition that is still kept, inactive and resolved ones too, in the order of their ids.
Result<std::vector<AlertRecord>> list_alerts(const StateStore& store);

struct AlertDetails {
    AlertRecord alert;
    std::vector<Transition> history;  // oldest first
};
// not_found names the id.
Result<AlertDetails> show_alert(const StateStore& store, std::string_view id);

}  // namespace vigie::controller::alerts

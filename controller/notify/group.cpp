#include "controller/notify/group.hpp"

#include <algorithm>

#include "controller/alerts/label_rows.hpp"

namespace vigie::controller::notify {
namespace {

bool is_known(const std::optional<Told>& told, std::set<uint64_t> Told::*set, uint64_t episode) {
    return told && ((*told).*set).contains(episode);
}

// A repeat is another message than the one before, and one to which an alert came is, too.
std::string key_of(const Group& group, const Lane& lane, const Target& target, const Message& message) {
    if (group.is_told_at_once() && message.alerts.size() == 1) {
        auto one = message.alerts.front();
        one.receiver = target.name;
        return alerts::idempotency_key(one);
    }
    alerts::Fnv1a hash;
    hash.add(target.name).separate().add(group.key).separate();
    for (const auto& one : message.alerts) {
        hash.add(std::to_string(episode_of(one))).add(one.is_resolved ? "r" : "f");
    }
    return fmt::format("{}-{}", hash.hex(), lane.told ? lane.told->messages + 1 : 1);
}

}  // namespace

Suppression::Suppression(const routing::Routing* routing)
    : routing_(routing), inhibitor_(routing == nullptr ? none_ : routing->inhibit_rules) {}

void Suppression::note(uint64_t id, const alerts::Notification& state) {
    if (state.is_resolved) {
        inhibitor_.set_over(id, state.labels);
    } else {
        inhibitor_.set_firing(id, state.labels);
    }
}

bool Suppression::is_in_any_of(const std::vector<std::string>& intervals, WallTime at) const {
    return std::any_of(intervals.begin(), intervals.end(), [&](const std::string& name) {
        return routing::is_in_any(routing_->intervals.find(name)->second, at);
    });
}

bool Suppression::is_open(const routing::Route& route, WallTime at) const {
    return !is_in_any_of(route.mute_intervals, at) &&
           (route.active_intervals.empty() || is_in_any_of(route.active_intervals, at));
}

bool Suppression::set_in_hand(InHand in_hand) {
    const bool is_changed = in_hand != in_hand_;
    in_hand_ = std::move(in_hand);
    return is_changed;
}

bool Suppression::is_suppressed(const alerts::Notification& one, WallTime at) const {
    const bool is_open_call = one.call > 0 && !one.is_resolved;
    return routing::is_silenced(silences_, one.labels, at) || maintenance_.holds(one.labels, at) ||
           inhibitor_.is_inhibited(one.labels) || (is_open_call && in_hand_.contains({one.alert_id, one.starts_at}));
}

uint64_t member_id(const alerts::Notification& notification) {
    alerts::Fnv1a hash;
    hash.add(notification.alert_id).separate().add(alerts::fingerprint(notification.labels));
    return hash.value();
}

bool look(Group& group, const Suppression& suppression, WallTime now) {
    const bool is_open = suppression.is_open(*group.route, now);
    bool is_any_suppressed = false;
    for (auto& [id, member] : group.members) {
        member.is_visible = is_open && !suppression.is_suppressed(member.state, now);
        is_any_suppressed = is_any_suppressed || !member.is_visible;
    }
    return is_any_suppressed;
}

bool is_any_hidden(const Group& group) {
    return std::any_of(group.members.begin(), group.members.end(),
                       [](const auto& entry) { return !entry.second.is_visible; });
}

bool has_news(const Group& group, const Lane& lane, bool is_resolved_sent, WallTime now) {
    bool is_any = false;
    bool is_firing = false;
    bool is_firing_new = false;
    bool is_end_new = false;
    bool is_due = false;
    for (const auto& [id, member] : group.members) {
        if (!member.is_visible) {
            continue;
        }
        is_any = true;
        if (member.state.is_resolved) {
            is_end_new = is_end_new || !is_known(lane.told, &Told::resolved, member.episode);
            is_due = is_due || lane.due.contains(member.episode);
        } else {
            is_firing = true;
            is_firing_new = is_firing_new || !is_known(lane.told, &Told::firing, member.episode);
        }
    }
    if (!is_any) {
        return false;
    }
    if (is_firing_new || is_due) {
        return true;
    }
    if (!lane.told) {
        return false;
    }
    if (!is_firing) {
        return !lane.told->firing.empty();
    }
    const auto repeat = group.options().repeat_interval;
    return (is_resolved_sent && is_end_new) || (repeat > 0ms && lane.told->at < now - repeat);
}

Outgoing compose(const Group& group, const Lane& lane, const Target& target, WallTime now) {
    Outgoing out;
    out.message.receiver = target.receiver.empty() ? target.name : target.receiver;
    out.message.group_key = group.key;
    out.message.group_labels = group.labels;
    if (const auto repeat = group.options().repeat_interval; repeat > 0ms) {
        out.message.told_again_after = repeat + group.options().group_interval;
    }
    out.told.at = now;
    out.told.messages = lane.told ? lane.told->messages + 1 : 1;
    auto& told_of = out.message.alerts;
    for (const auto& [id, member] : group.members) {
        if (!member.is_visible) {
            continue;
        }
        (member.state.is_resolved ? out.told.resolved : out.told.firing).insert(member.episode);
        if (!member.state.is_resolved || target.is_resolved_sent || lane.due.contains(member.episode)) {
            told_of.push_back(member.state);
            for (const auto row : member.rows) {
                out.rows.emplace_back(row, member.state);
            }
        }
    }
    sort_as_told(told_of);
    if (target.alerts_max > 0 && told_of.size() > target.alerts_max) {
        out.message.truncated = told_of.size() - target.alerts_max;
        told_of.resize(target.alerts_max);
    }
    if (!told_of.empty()) {
        out.idempotency_key = key_of(group, lane, target, out.message);
    }
    return out;
}

bool is_covered(const Member& member, const std::vector<Lane>& lanes) {
    return std::all_of(lanes.begin(), lanes.end(), [&member](const Lane& lane) {
        const bool is_told_firing = is_known(lane.told, &Told::firing, member.episode);
        if (!member.state.is_resolved) {
            // A call has no open alert to come back from after a restart, so its row stays.
            return is_told_firing || (!member.is_visible && member.state.call == 0);
        }
        const bool is_told_over = is_known(lane.told, &Told::resolved, member.episode);
        const bool is_nothing_owed = lane.is_idle() || !member.is_visible || is_told_over;
        const bool is_missed = member.is_visible && lane.due.contains(member.episode);
        return is_nothing_owed && !is_told_firing && !is_missed;
    });
}

}  // namespace vigie::controller::notify

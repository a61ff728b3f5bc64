// Groups: what comes into them, when they are looked at, and when they are done with what they hold.
#include "controller/notify/delivery_queue.hpp"

#include <algorithm>

namespace vigie::controller::notify {
namespace {

// A webhook of its own: each alert by itself, at once, told once.
std::unique_ptr<routing::Route> own_route(const std::string& target) {
    auto route = std::make_unique<routing::Route>();
    route->options = {.receiver = target,
                      .is_grouped_by_all = true,
                      .group_by = {},
                      .group_wait = 0ms,
                      .group_interval = 0ms,
                      .repeat_interval = 0ms};
    route->key = "{}";
    return route;
}

}  // namespace

void Settled::add(Settled&& other) {
    done.insert(done.end(), other.done.begin(), other.done.end());
    std::move(other.given_up.begin(), other.given_up.end(), std::back_inserter(given_up));
    std::move(other.left_out.begin(), other.left_out.end(), std::back_inserter(left_out));
    told.merge(other.told);
    std::move(other.attempts.begin(), other.attempts.end(), std::back_inserter(attempts));
    if (!other.attempts.empty() && attempts.size() > attempts_unsaved_max) {
        std::stable_sort(attempts.begin(), attempts.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
        attempts.erase(attempts.begin(), attempts.end() - attempts_unsaved_max);
    }
}

DeliveryQueue::DeliveryQueue(std::vector<Target> targets, Random& random, const routing::Routing* routing)
    : random_(random), routing_(routing), suppression_(routing) {
    for (auto& target : targets) {
        own_routes_.push_back(target.is_of_file ? nullptr : own_route(target.name));
        if (target.is_of_file && !target.receiver.empty()) {
            called_routes_.try_emplace(target.receiver, own_route(target.receiver));
        }
        lines_.emplace_back().target = std::move(target);
    }
}

std::vector<const routing::Route*> DeliveryQueue::routes_for(const alerts::Notification& notification) const {
    std::vector<const routing::Route*> routes;
    for (size_t i = 0; i < own_routes_.size(); ++i) {
        const auto* own = own_routes_[i].get();
        const bool is_for_all = notification.receiver.empty() && !lines_[i].target.is_called_only;
        if (own != nullptr && (is_for_all || notification.receiver == own->options.receiver)) {
            routes.push_back(own);
        }
    }
    if (const auto called = called_routes_.find(notification.receiver); called != called_routes_.end()) {
        routes.push_back(called->second.get());
    }
    if (notification.receiver.empty() && routing_ != nullptr && routing_->root) {
        const auto of_file = routing::routes_of(*routing_->root, notification.labels);
        routes.insert(routes.end(), of_file.begin(), of_file.end());
    }
    return routes;
}

std::vector<size_t> DeliveryQueue::targets_of(const routing::Route& route) const {
    std::vector<size_t> targets;
    const bool is_own =
        std::any_of(own_routes_.begin(), own_routes_.end(), [&route](const auto& own) { return own.get() == &route; });
    for (size_t i = 0; i < lines_.size(); ++i) {
        const auto& target = lines_[i].target;
        if (is_own ? own_routes_[i].get() == &route : target.is_of_file && target.receiver == route.options.receiver) {
            targets.push_back(i);
        }
    }
    return targets;
}

// nullptr: nobody hears of this route's alerts.
Group* DeliveryQueue::group_for(const routing::Route& route, const alerts::Notification& notification, Now now) {
    auto labels = routing::group_labels(route.options, notification.labels);
    auto key = routing::group_key(route, labels);
    const auto identity = route.options.group_interval == 0ms ? fmt::format("{} {}", notification.alert_id, key) : key;
    auto& group = groups_[{&route, identity}];
    if (group) {
        return group.get();
    }
    group = std::make_unique<Group>();
    group->number = next_group_++;
    for (const auto target : targets_of(route)) {
        auto& lane = group->lanes.emplace_back();
        lane.target = target;
        if (const auto found = recalled_.extract(ToldKey{lines_[target].target.name, identity}); !found.empty()) {
            lane.told = found.mapped();
            told_.insert_or_assign(found.key(), std::move(found.mapped()));
        }
    }
    if (group->lanes.empty()) {
        groups_.erase({&route, identity});
        return nullptr;
    }
    group->route = &route;
    group->key = std::move(key);
    group->identity = identity;
    group->labels = std::move(labels);
    schedule(*group, now.mono + nanoseconds(route.options.group_wait));
    return group.get();
}

void DeliveryQueue::schedule(Group& group, MonoTime at) {
    if (group.flush_at) {
        flushes_.erase({*group.flush_at, group.number, &group});
    }
    group.flush_at = at;
    flushes_.insert({at, group.number, &group});
}

void DeliveryQueue::seed(const alerts::Notification& notification, bool is_told, Now now) {
    suppression_.note(member_id(notification), notification);
    open_at_start_.insert(notification.alert_id);
    for (const auto* route : routes_for(notification)) {
        auto* group = group_for(*route, notification, now);
        if (group == nullptr) {
            continue;
        }
        insert(*group, notification, std::nullopt, now);
        group->members.at(member_id(notification)).is_seeded = true;
        for (auto& lane : group->lanes) {
            if (is_told && !lane.told && group->is_told_at_once()) {
                Told told;
                told.at = now.wall;
                told.firing = {episode_of(notification)};
                told.messages = 1;
                record(*group, lane, std::move(told));
            }
        }
    }
}

void DeliveryQueue::begin(WallTime old) {
    is_loading_ = false;
    for (auto one = recalled_.begin(); one != recalled_.end();) {
        // Of what is told at once the identity begins with the alert (group_for).
        const auto& identity = one->first.group;
        const bool is_of_open = open_at_start_.contains(identity.substr(0, identity.find(' ')));
        if (one->second.at < old && !is_of_open) {
            settled_.told.insert(one->first);
            one = recalled_.erase(one);
        } else {
            ++one;
        }
    }
    open_at_start_.clear();
}

void DeliveryQueue::add(uint64_t number, alerts::Notification notification, Now now, bool is_unrecorded) {
    const auto routes = routes_for(notification);
    if (routes.empty() && !notification.receiver.empty()) {
        const auto reason = fmt::format("receiver '{}' is no longer configured", notification.receiver);
        settled_.given_up.push_back({number, std::move(notification), 0, reason});
        settled_.done.push_back(number);
        ++counts_.given_up;
        return;
    }
    suppression_.note(member_id(notification), notification);
    auto& holders = rows_[number];
    holders = 1;  // this call
    for (const auto* route : routes) {
        if (auto* group = group_for(*route, notification, now)) {
            ++holders;
            const auto known = group->members.find(member_id(notification));
            if (is_unrecorded && notification.is_resolved && known == group->members.end()) {
                note_missed(*group, notification, nullptr);
            }
            insert(*group, notification, number, now);
        }
    }
    release(number);
}

// An end whose beginning was owed already: told even where the beginning never will be.
void DeliveryQueue::note_missed(Group& group, const alerts::Notification& notification, const Member* member) {
    const bool was_due =
        member == nullptr || (!member->state.is_resolved && !member->rows.empty() &&
                              notification.ends_at - notification.starts_at >= group.options().group_wait);
    const auto episode = episode_of(notification);
    for (auto& lane : group.lanes) {
        if (was_due && !(lane.told && lane.told->firing.contains(episode))) {
            lane.due.insert(episode);
        }
    }
}

void DeliveryQueue::insert(Group& group, const alerts::Notification& notification, std::optional<uint64_t> number,
                           Now now) {
    auto& member = group.members[member_id(notification)];
    if (is_loading_ && member.is_seeded && number) {
        // In the order of rows and not of times, since clocks are set back too.
        if (episode_of(notification) != member.episode) {
            return release(*number);  // of an episode before the one that is open
        }
        member.is_seeded = false;
    }
    // What is told at once is told in any case, also when its beginning and its end come together: of a host that was
    // offline, or of a store that went back behind what a receiver was told.
    const bool is_told_anyway = is_loading_ || (group.is_told_at_once() && member.is_visible);
    if (notification.is_resolved && is_told_anyway) {
        note_missed(group, notification, &member);
    }
    if (!notification.is_resolved) {
        for (const auto row : std::exchange(member.rows, {})) {
            ++counts_.superseded;
            release(row);
        }
    }
    member.state = notification;
    if (const auto before = std::exchange(member.episode, episode_of(notification)); before != member.episode) {
        for (auto& lane : group.lanes) {
            lane.due.erase(before);  // what fires again is told of in its place
        }
    }
    member.is_fresh = true;
    if (number) {
        member.rows.push_back(*number);
        groups_in_debt_ += group.has_debts ? 0 : 1;
        group.has_debts = true;
    }
    if (group.is_told_at_once()) {
        schedule(group, now.mono);
    }
}

void DeliveryQueue::set_silences(std::vector<routing::Silence> silences, Now now) {
    suppression_.set_silences(std::move(silences));
    look_at_hidden(now);
}

void DeliveryQueue::set_maintenance(maintenance::InForce maintenance, Now now) {
    suppression_.set_maintenance(std::move(maintenance));
    look_at_hidden(now);
}

void DeliveryQueue::set_in_hand(InHand in_hand, Now now) {
    if (suppression_.set_in_hand(std::move(in_hand))) {
        look_at_hidden(now);
    }
}

void DeliveryQueue::look_at_hidden(Now now) {
    for (auto& [key, group] : groups_) {
        if (group->is_told_at_once() && is_any_hidden(*group)) {
            schedule(*group, now.mono);
        }
    }
}

// Decides for each target whether it is to be told something. What it is told is looked up when it is sent.
void DeliveryQueue::flush(Group& group, Now now) {
    flushes_.erase({*group.flush_at, group.number, &group});
    group.flush_at.reset();
    groups_in_debt_ -= std::exchange(group.has_debts, false) ? 1 : 0;
    const bool is_any_suppressed = look(group, suppression_, now.wall);
    for (size_t i = 0; i < group.lanes.size(); ++i) {
        auto& lane = group.lanes[i];
        if (lane.flying) {
            continue;
        }
        const bool was_wanted = lane.is_wanted;
        lane.is_wanted = has_news(group, lane, lines_[lane.target].target.is_resolved_sent, now.wall);
        if (lane.is_wanted && !was_wanted) {
            enqueue(group, i);
        } else if (!lane.is_wanted && was_wanted) {
            dequeue(group, i);
        }
    }
    for (auto& [id, member] : group.members) {
        member.is_fresh = false;
        for (auto& lane : group.lanes) {
            const bool is_owed = !member.state.is_resolved && member.is_visible && lane.is_wanted;
            if (is_owed && !(lane.told && lane.told->firing.contains(member.episode))) {
                lane.due.insert(member.episode);
            }
        }
    }
    if (!group.is_told_at_once()) {
        schedule(group, now.mono + nanoseconds(group.options().group_interval));
    } else if (is_any_suppressed) {
        schedule(group, now.mono + look_again_after);
    }
    tidy(group);
}

// Lets go of what is told. The group may be gone afterwards.
void DeliveryQueue::tidy(Group& group) {
    for (auto one = group.members.begin(); one != group.members.end();) {
        auto& member = one->second;
        const bool is_done = !member.is_fresh && is_covered(member, group.lanes);
        if (is_done) {
            for (const auto row : std::exchange(member.rows, {})) {
                release(row);
            }
        }
        one = is_done && member.state.is_resolved ? group.members.erase(one) : std::next(one);
    }
    const bool is_idle = std::all_of(group.lanes.begin(), group.lanes.end(), [](const auto& l) { return l.is_idle(); });
    if (!group.members.empty() || !is_idle) {
        return;
    }
    for (const auto& lane : group.lanes) {
        ToldKey key{lines_[lane.target].target.name, group.identity};
        if (told_.erase(key) > 0) {
            settled_.told.insert(std::move(key));
        }
    }
    if (group.flush_at) {
        flushes_.erase({*group.flush_at, group.number, &group});
    }
    groups_in_debt_ -= group.has_debts ? 1 : 0;
    groups_.erase({group.route, std::string(group.identity)});
}

void DeliveryQueue::release(uint64_t number) {
    const auto found = rows_.find(number);
    if (found != rows_.end() && --found->second == 0) {
        settled_.done.push_back(number);
        rows_.erase(found);
    }
}

void DeliveryQueue::record(Group& group, Lane& lane, Told told) {
    ToldKey key{lines_[lane.target].target.name, group.identity};
    settled_.told.insert(key);
    told_.insert_or_assign(std::move(key), told);
    lane.told = std::move(told);
    // Of what is told at once an episode may have begun and ended while this message was in flight: it is owed still.
    std::erase_if(lane.due, [&](uint64_t episode) {
        return !group.is_told_at_once() || lane.told->firing.contains(episode) || lane.told->resolved.contains(episode);
    });
}

const Told* DeliveryQueue::told_of(const ToldKey& key) const {
    const auto found = told_.find(key);
    return found == told_.end() ? nullptr : &found->second;
}

Settled DeliveryQueue::take_settled() {
    return std::exchange(settled_, {});
}

}  // namespace vigie::controller::notify

// Steps by the policies; rows and outbox rows of one move in one batch.
#include "controller/oncall/escalation.hpp"

#include <algorithm>

namespace vigie::controller::oncall {
namespace {

// Of several missed steps the last whose time has come, and how long after `number` it was due.
std::pair<uint64_t, milliseconds> present_step(const Policy& policy, uint64_t number, nanoseconds late) {
    const auto first = policy.due(number);
    while (number + 1 < policy.steps_count() && policy.due(number + 1) - first <= late) {
        ++number;
    }
    return {number, policy.due(number) - first};
}

// The whole wait before a step: what is left of it can't be more, whatever a clock says.
milliseconds wait_before(const Policy* policy, uint64_t number) {
    if (policy == nullptr || number >= policy->steps_count()) {
        return 0ms;
    }
    return number == 0 ? policy->due(0) : policy->due(number) - policy->due(number - 1);
}

// From `now` to a time that is stored, no further away than `most`. A time of long ago is no longer ago than that.
nanoseconds time_until(WallTime at, WallTime now, milliseconds most) {
    constexpr milliseconds past_max = std::chrono::hours{24 * 400};
    return std::clamp<milliseconds>(at - now, -past_max, most);
}

}  // namespace

Escalations::Live Escalations::revived(Episode episode, Moment now) const {
    Live live;
    live.due = now.mono;
    if (!episode.is_waiting) {
        live.due += time_until(episode.due_at, now.wall, wait_before(policy_of(episode), episode.taken));
    }
    if (episode.hold && episode.hold->until) {
        const auto& hold = *episode.hold;
        live.held_until = now.mono + time_until(*hold.until, now.wall, std::max(0ms, *hold.until - hold.at));
    }
    live.episode = std::move(episode);
    return live;
}

Result<void> Escalations::ready(Moment now) {
    VIGIE_CHECK(book_.ready());
    if (is_loaded_) {
        return {};
    }
    damaged_.clear();
    VIGIE_TRY(auto episodes, list_episodes(store_, &damaged_));
    auto before = std::exchange(live_, {});
    for (auto& episode : episodes) {
        // What this process knew keeps its time, which a set wall clock has not moved.
        const auto known = before.find(episode.alert_id);
        const bool is_same = known != before.end() && known->second.episode == episode;
        auto live = is_same ? std::move(known->second) : revived(std::move(episode), now);
        auto id = live.episode.alert_id;
        live_.insert_or_assign(std::move(id), std::move(live));
    }
    is_loaded_ = true;
    is_adopted_ = false;
    return {};
}

void Escalations::put(Live& live, Moment now, StoreBatch& batch) const {
    live.episode.due_at = now.wall + std::chrono::ceil<milliseconds>(live.due - now.mono);
    batch.put(Family::silences, episode_key(live.episode.alert_id), encode(live.episode));
}

Escalations::Live Escalations::begun(const alerts::Notification& page, Moment now) const {
    Live live;
    live.episode.alert_id = page.alert_id;
    live.episode.fired_at = page.starts_at;
    live.due = now.mono;
    if (const auto* policy = oncall_.policy_for(page.labels)) {
        live.episode.policy = policy->name;
        live.due += nanoseconds(policy->due(0));
    }
    return live;
}

size_t Escalations::on_turned(std::span<const alerts::Notification> turned, Moment now, StoreBatch& batch) {
    size_t pages = 0;
    for (const auto& one : turned) {
        const auto found = live_.find(one.alert_id);
        if (one.is_resolved) {
            if (found == live_.end()) {
                continue;
            }
            for (const auto& [receiver, count] : found->second.episode.called) {
                auto recovery = one;
                recovery.receiver = receiver;
                recovery.call = count;
                book_.owe(recovery, batch);
                ++pages;
            }
            batch.erase(Family::silences, episode_key(one.alert_id));
            live_.erase(found);
            continue;
        }
        auto live = begun(one, now);
        if (!live.episode.policy.empty()) {
            put(live, now, batch);
            has_begun_ = has_begun_ || live.due <= now.mono;
            live_.insert_or_assign(one.alert_id, std::move(live));
        } else if (found != live_.end()) {
            batch.erase(Family::silences, episode_key(one.alert_id));
            live_.erase(found);
        }
    }
    return pages;
}

// None of those who were called is in the configuration any more, so what was not delivered to them yet is given up:
// the step that it stood at calls whoever is there now.
void Escalations::call_others(Live& live, Moment now, StoreBatch& batch) const {
    const auto& called = live.episode.called;
    const bool is_any_left =
        std::any_of(called.begin(), called.end(), [this](const auto& one) { return oncall_.calls(one.first); });
    if (called.empty() || is_any_left || live.episode.hold || live.episode.is_waiting) {
        return;
    }
    resume(live, now.mono);
    put(live, now, batch);
}

// Once in a process: alerts that were open before there was a policy for them, or whose policy is no more, or whose
// rows are damaged.
void Escalations::adopt(std::span<const alerts::Notification> open, Moment now, StoreBatch& batch,
                        std::vector<std::string>& notes) {
    std::set<std::string_view> is_open;
    for (const auto& page : open) {
        is_open.insert(page.alert_id);
        const auto found = live_.find(page.alert_id);
        const bool is_known = found != live_.end() && found->second.episode.fired_at == page.starts_at;
        if (is_known && policy_of(found->second.episode) != nullptr) {
            call_others(found->second, now, batch);
            continue;
        }
        auto live = begun(page, now);
        if (live.episode.policy.empty()) {
            continue;
        }
        if (is_known) {
            live.episode.called = found->second.episode.called;
            live.episode.hold = found->second.episode.hold;
            live.episode.left = std::chrono::ceil<milliseconds>(live.due - now.mono);
            live.held_until = found->second.held_until;
        }
        put(live, now, batch);
        live_.insert_or_assign(page.alert_id, std::move(live));
    }
    for (auto one = live_.begin(); one != live_.end();) {
        if (is_open.contains(one->first)) {
            ++one;
        } else {
            batch.erase(Family::silences, episode_key(one->first));
            one = live_.erase(one);
        }
    }
    for (const auto& row : std::exchange(damaged_, {})) {
        notes.push_back(fmt::format("{}: {}", row.problem,
                                    live_.contains(row.id) ? "it begins anew" : "it calls nobody, and is erased"));
        if (!live_.contains(row.id)) {
            batch.erase(Family::silences, episode_key(row.id));
        }
    }
    is_adopted_ = true;
}

// Somebody set the wall clock: a later process is to find the times by the new one.
void Escalations::note_clock(Moment now, StoreBatch& batch) {
    const auto last = std::exchange(last_, now);
    if (!last) {
        return;
    }
    const auto moved = now.wall - last->wall - std::chrono::duration_cast<milliseconds>(now.mono - last->mono);
    if (std::chrono::abs(moved) < clock_set_min) {
        return;
    }
    for (auto& [id, live] : live_) {
        if (live.episode.hold) {
            live.episode.hold->at += moved;
            live.episode.hold->until =
                live.episode.hold->until ? std::optional(*live.episode.hold->until + moved) : std::nullopt;
        }
        put(live, now, batch);
    }
}

bool Escalations::is_due(const Live& live, Moment now) const {
    const auto& episode = live.episode;
    const auto* policy = policy_of(episode);
    if (episode.hold) {
        return episode.hold->until && now.mono >= live.held_until;
    }
    return policy != nullptr && episode.taken < policy->steps_count() && now.mono >= live.due;
}

// The step that it stood at is taken again, at `from`.
void Escalations::resume(Live& live, MonoTime from) const {
    auto& episode = live.episode;
    episode.hold.reset();
    if (const auto* policy = policy_of(episode)) {  // it may have fewer steps than when they were counted
        episode.taken = std::min(episode.taken, policy->steps_count());
    }
    live.due = from + nanoseconds(episode.taken > 0 ? 0ms : episode.left);
    episode.taken -= episode.taken > 0 ? 1 : 0;
    episode.left = 0ms;
}

// It is taken when it can be, and the ones behind it count from then, over restarts too.
void Escalations::wait(Live& live, Moment now, StoreBatch& batch) const {
    live.due = now.mono + nanoseconds(hush_look_period);
    if (!std::exchange(live.episode.is_waiting, true)) {
        put(live, now, batch);
    }
}

std::set<std::string> Escalations::receivers_of(const Step& step, std::span<const Override> overrides, Moment now,
                                                std::vector<std::string>& notes) const {
    std::set<std::string> receivers;
    for (const auto& callee : step.callees) {
        auto name = callee.name;
        if (callee.kind == Callee::Kind::rota) {
            const auto duty = who(*oncall_.find_rota(callee.name), overrides, now.wall);
            name = duty ? duty->person : "";
        }
        const auto* person = callee.kind == Callee::Kind::receiver ? nullptr : oncall_.find_person(name);
        if (callee.kind == Callee::Kind::receiver) {
            receivers.insert(name);
        } else if (person != nullptr) {
            receivers.insert(person->receiver);
        } else {
            notes.push_back(name.empty() ? fmt::format("nobody is on call in rota '{}'", callee.name)
                                         : fmt::format("'{}', who is on call in rota '{}', is no person of the "
                                                       "configuration",
                                                       name, callee.name));
        }
    }
    return receivers;
}

// A step that reaches nobody gives way to the next one of its round at once. When none of them reaches anybody, it
// waits until somebody is on call.
void Escalations::take(Live& live, const alerts::Notification& page, std::span<const Override> overrides, Moment now,
                       StoreBatch& batch, Ticked& ticked) {
    auto& episode = live.episode;
    const auto& policy = *policy_of(episode);
    if (episode.is_waiting) {
        live.due = now.mono;  // nothing was missed meanwhile
    }
    auto [number, later] = present_step(policy, episode.taken, now.mono - live.due);
    live.due += nanoseconds(later);
    const auto first = number;
    const auto round_end = first - first % policy.steps.size() + policy.steps.size();
    std::vector<std::string> notes;
    std::set<std::string> receivers;
    for (; number < round_end && receivers.empty(); ++number) {
        std::vector<std::string> of_step;
        receivers = receivers_of(policy.step(number), overrides, now, of_step);
        for (const auto& note : of_step) {
            notes.push_back(fmt::format("escalation '{}' of alert {}, step {}: {}", policy.name, episode.alert_id,
                                        number + 1, note));
        }
    }
    if (!std::exchange(live.is_nobody_told, receivers.empty())) {
        std::move(notes.begin(), notes.end(), std::back_inserter(ticked.notes));
    }
    if (receivers.empty()) {
        episode.taken = first;
        return wait(live, now, batch);
    }
    episode.is_waiting = false;
    for (const auto& receiver : receivers) {
        auto call = page;
        call.receiver = receiver;
        call.call = ++episode.called[receiver];
        book_.owe(call, batch);
        ++ticked.pages;
    }
    episode.taken = number;
    live.due += nanoseconds(wait_before(&policy, number));
    put(live, now, batch);
}

// `damaged`: rows that hold nothing. Better a call too many than none, for ever.
Result<Hush> Escalations::hush(std::span<const alerts::Notification> open, WallTime at,
                               std::vector<DamagedRow>& damaged) const {
    VIGIE_TRY(auto silences, routing::list_silences(store_, &damaged));
    VIGIE_TRY(auto in_force, maintenance::InForce::read(maintenance_, store_, at, &damaged));
    return Hush(std::move(silences), std::move(in_force), inhibit_rules_, open, at);
}

Result<Ticked> Escalations::tick(Moment now, StoreBatch& batch) {
    VIGIE_CHECK(ready(now));
    note_clock(now, batch);
    Ticked ticked;
    const auto any_due = [&] {
        return std::any_of(live_.begin(), live_.end(), [&](const auto& one) { return is_due(one.second, now); });
    };
    if (is_adopted_ && !any_due()) {
        return ticked;
    }
    // All that may fail comes before the first change.
    VIGIE_TRY(const auto open, book_.open_pages());
    std::vector<DamagedRow> damaged;
    VIGIE_TRY(auto stored, list_overrides(store_, &damaged));
    const auto overrides = oncall_.known(std::move(stored));
    VIGIE_TRY(const auto held, hush(open, now.wall, damaged));
    if (!is_adopted_) {
        adopt(open, now, batch, ticked.notes);
    }
    for (const auto& page : open) {
        const auto found = live_.find(page.alert_id);
        if (found == live_.end() || !is_due(found->second, now)) {
            continue;
        }
        auto& live = found->second;
        if (live.episode.hold) {
            const auto by = live.episode.hold->by;
            resume(live, live.held_until);
            put(live, now, batch);
            // The book has it: it is open.
            VIGIE_CHECK(book_.note(page.alert_id, fmt::format("the snooze by {} is over", by), now.wall, batch));
        }
        if (!is_due(live, now)) {
            continue;
        }
        if (held.holds(page.labels)) {
            wait(live, now, batch);
        } else {
            take(live, page, overrides, now, batch, ticked);
        }
    }
    if (ticked.pages > 0 && !damaged.empty()) {
        ticked.notes.push_back(fmt::format("calls went out that may be held, or somebody else's: {}{}",
                                           damaged.front().problem, damaged.size() == 1 ? "" : ", and others"));
    }
    return ticked;
}

Result<Escalations::Live*> Escalations::open_episode(std::string_view alert_id, Moment now) {
    VIGIE_CHECK(ready(now));
    VIGIE_TRY(const auto page, book_.open_page(alert_id));
    if (!page) {
        return fail(ErrorCode::conflict, "alert '{}' is not open", alert_id);
    }
    auto found = live_.find(alert_id);
    if (found == live_.end() || found->second.episode.fired_at != page->starts_at) {
        found = live_.insert_or_assign(std::string(alert_id), begun(*page, now)).first;
    }
    return &found->second;
}

Result<Episode> Escalations::hold(std::string_view alert_id, Hold hold, Moment now, StoreBatch& batch) {
    VIGIE_TRY(auto* live, open_episode(alert_id, now));
    auto& episode = live->episode;
    const bool is_acknowledged = episode.hold && !episode.hold->until;
    if (is_acknowledged && (!hold.until || episode.hold->by != hold.by)) {
        return fail(ErrorCode::conflict, "alert '{}' is acknowledged already, by {} at {}{}", alert_id,
                    episode.hold->by, to_rfc3339(episode.hold->at), hold.until ? ": unack it first" : "");
    }
    if (!episode.hold) {
        episode.left = episode.is_waiting ? 0ms : std::max(0ms, std::chrono::ceil<milliseconds>(live->due - now.mono));
        episode.is_waiting = false;
    }
    if (hold.until) {
        live->held_until = now.mono + nanoseconds(*hold.until - now.wall);
    }
    episode.hold = std::move(hold);
    put(*live, now, batch);
    return episode;
}

Result<Episode> Escalations::release(std::string_view alert_id, Moment now, StoreBatch& batch) {
    VIGIE_TRY(auto* live, open_episode(alert_id, now));
    if (!live->episode.hold) {
        return fail(ErrorCode::conflict, "alert '{}' is not acknowledged", alert_id);
    }
    resume(*live, now.mono);
    put(*live, now, batch);
    return live->episode;
}

}  // namespace vigie::controller::oncall
